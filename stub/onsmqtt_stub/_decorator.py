"""The decorator: the mock lasts until what the function returned is exhausted or awaited."""

from __future__ import annotations

import functools
import inspect
import types
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import _class_decorator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from onsmqtt_stub._session import Session

    Function = Callable[..., Any]
    SessionOf = Callable[[tuple[Any, ...]], Session]

_FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    functools.partial,
)


def decorate(target: Any, make: Callable[..., Session]) -> Any:
    """Decorate a function, a class, or a static or class method. TypeError for anything else.

    `make` returns the session of one call, or of one test of a class.
    """
    if isinstance(target, type):
        return _class_decorator.decorate(target, make, around)
    if isinstance(target, staticmethod | classmethod):
        return type(target)(decorate(target.__func__, make))
    if not isinstance(target, _FUNCTIONS):
        raise TypeError(
            f"mock_onsmqtt: cannot decorate a {type(target).__name__} object, but functions and "
            "classes; put it below a decorator that returns another object"
        )
    return around(target, lambda _: make())


def around(function: Function, session_of: SessionOf) -> Function:
    """Wrap a function in the session of its call, which may depend on its arguments.

    The wrapper is of the same kind as the function (coroutine, generator ...), because test runners
    look at that.
    """
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, session_of)
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, session_of)
    if inspect.isgeneratorfunction(function):
        return _generator(function, session_of)
    return _plain(function, session_of)


def _plain(function: Function, session_of: SessionOf) -> Function:
    """Wrap a function. It may be a wrapper itself, and return an object that runs later."""
    wrapped = inspect.unwrap(function)
    makes_context = inspect.isgeneratorfunction(wrapped) or inspect.isasyncgenfunction(wrapped)

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        session = session_of(args)
        with session:
            result = function(*args, **kwargs)
        keep = _keeper(result, makes_context=makes_context)
        return result if keep is None else keep(lambda: result, lambda _: session)()

    return plain


def _keeper(
    result: object, *, makes_context: bool
) -> Callable[[Function, SessionOf], Function] | None:
    if inspect.isgenerator(result):
        return _generator
    if inspect.isasyncgen(result):
        return _async_generator
    if inspect.isawaitable(result):
        return _coroutine
    # A context manager of contextlib runs its generator function when it is entered.
    if makes_context and isinstance(result, AbstractContextManager):
        return _context
    if makes_context and isinstance(result, AbstractAsyncContextManager):
        return _async_context
    return None


def _coroutine(function: Function, session_of: SessionOf) -> Function:
    @functools.wraps(function)
    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with session_of(args):
            return await function(*args, **kwargs)

    return coroutine


def _generator(function: Function, session_of: SessionOf) -> Function:
    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with session_of(args):
            return (yield from function(*args, **kwargs))

    return generator


def _async_generator(function: Function, session_of: SessionOf) -> Function:
    @functools.wraps(function)
    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with session_of(args):
            inner = function(*args, **kwargs)
            try:
                value = await inner.asend(None)
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:  # noqa: PERF203 - values and errors go to the inner one
                        await inner.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001 - the inner one handles it
                        value = await inner.athrow(error)
                    else:
                        value = await inner.asend(sent)
            except StopAsyncIteration:
                return

    return async_generator


def _context(function: Function, session_of: SessionOf) -> Function:
    @contextmanager
    def context() -> Generator[Any, None, None]:
        with session_of(()), function() as value:
            yield value

    return context


def _async_context(function: Function, session_of: SessionOf) -> Function:
    @asynccontextmanager
    async def context() -> AsyncGenerator[Any, None]:
        with session_of(()):
            async with function() as value:
                yield value

    return context
