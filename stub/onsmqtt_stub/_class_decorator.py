"""The decorator of test classes: each test, with its set-up and tear-down, has its own session.

The class is changed in place, so that its runner collects it as before.
"""

from __future__ import annotations

import functools
import inspect
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from onsmqtt_stub._session import Session

    Make = Callable[..., Session]
    Function = Callable[..., Any]
    Around = Callable[[Function, Callable[[tuple[Any, ...]], Session]], Function]

_RUN = "_onsmqtt_run"
_WRAPPED = "_onsmqtt_wrapped"
_CLASS_LEVEL = ("setUpClass", "tearDownClass", "setup_class", "teardown_class")


def decorate(cls: Any, make: Make, around: Around) -> Any:
    """Change a class, and classes that are derived from it later. TypeError without tests."""
    if not _is_unittest(cls) and not _has_tests(cls):
        raise TypeError(
            f"mock_onsmqtt: class {cls.__name__} has no methods with names that begin with test; "
            "decorate the functions that call the service instead"
        )
    _ClassDecorator(cls, make, around, rewrap=True).apply()
    inherited = vars(cls).get("__init_subclass__")

    def decorate_derived(sub: type, /, **options: Any) -> None:
        if inherited is None:
            super(cls, sub).__init_subclass__(**options)
        else:
            inherited.__func__(sub, **options)
        _ClassDecorator(sub, make, around, rewrap=False).apply()

    cls.__init_subclass__ = classmethod(decorate_derived)
    return cls


def _is_unittest(cls: type) -> bool:
    unittest = sys.modules.get("unittest")
    return unittest is not None and issubclass(cls, unittest.TestCase)


def _has_tests(cls: type) -> bool:
    names = [name for name in dir(cls) if name.startswith("test") or name == "setup_method"]
    return bool(names or _nested(cls))


def _nested(cls: type) -> list[type]:
    return [
        value
        for name, value in vars(cls).items()
        if isinstance(value, type) and name.startswith("Test")
    ]


class _ClassDecorator:
    """The change of one class. `rewrap` replaces the wrappers of a base class's decorator."""

    def __init__(self, cls: Any, make: Make, around: Around, *, rewrap: bool) -> None:
        self._cls, self._make, self._around = cls, make, around
        self._rewrap = rewrap

    def apply(self) -> None:
        """Wrap set-up, tests and tear-down."""
        for name in _CLASS_LEVEL:
            self._wrap_class_level(name)
        if _is_unittest(self._cls):
            for name in ("run", "debug"):
                self._wrap(name, lambda method: _whole_test(method, self._make))
            return
        for nested in _nested(self._cls):
            decorate(nested, self._make, self._around)
        self._wrap("setup_method", lambda method: _setup(method, self._make))
        self._wrap("teardown_method", _teardown)
        for name in dir(self._cls):
            if name.startswith("test"):
                self._wrap(name, lambda method: self._around(method, self._session_of))

    def _session_of(self, arguments: tuple[Any, ...]) -> Session:
        # Set-up has made the session, unless the test is called without its runner.
        run: _Run | None = vars(arguments[0]).get(_RUN)
        return self._make() if run is None else run.session

    def _wrap(self, name: str, wrap: Callable[[Any], Any]) -> None:
        method = inspect.getattr_static(self._cls, name, None)
        if method is not None and not isinstance(method, FunctionType):
            return  # a static method, or a fixture with that name
        if hasattr(method, _WRAPPED):
            if not self._rewrap:
                return
            method = getattr(method, "__wrapped__", method)
        wrapped = wrap(method)
        setattr(wrapped, _WRAPPED, True)
        setattr(self._cls, name, wrapped)

    def _wrap_class_level(self, name: str) -> None:
        attribute = inspect.getattr_static(self._cls, name, None)
        method = getattr(attribute, "__func__", attribute)
        if not isinstance(method, FunctionType) or method.__module__.startswith("unittest."):
            return
        if hasattr(method, _WRAPPED):
            if not self._rewrap:
                return
            method = method.__wrapped__  # type: ignore[attr-defined]  # by functools.wraps below
        refusal = (
            f"onsmqtt_stub: {name} runs outside the tests, and each test has a new backend; use "
            "@mock_onsmqtt(Backend()) for the class, or call the service in setUp or setup_method"
        )

        @functools.wraps(method)
        def inside(owner: Any) -> Any:
            with self._make(refusal):
                return method(owner) if method.__code__.co_argcount else method()

        setattr(inside, _WRAPPED, True)
        setattr(
            self._cls, name, classmethod(inside) if isinstance(attribute, classmethod) else inside
        )


class _Run:
    """One run of a test: its session lasts from the first set-up to the last tear-down.

    pytest calls the set-up of a nested class once for each class around it. While a method of a
    derived class runs, the run is `busy`: a method of the base class that it calls is part of it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.busy = False
        self._depth = 0

    def enter(self) -> None:
        """Enter the session at the first set-up."""
        if self._depth == 0:
            self.session.__enter__()
        self._depth += 1

    def leave(self, test_case: Any) -> None:
        """Leave the session at the last tear-down."""
        self._depth -= 1
        if self._depth == 0:
            del vars(test_case)[_RUN]
            self.session.__exit__()


def _whole_test(method: Any, make: Make) -> Any:
    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _RUN in vars(self):
            return method(self, *args, **kwargs)
        current = vars(self)[_RUN] = _Run(make())
        current.enter()
        try:
            return method(self, *args, **kwargs)
        finally:
            current.leave(self)

    return run


def _setup(method: FunctionType | None, make: Make) -> Any:
    def setup_method(self: Any, test: Any = None) -> None:
        run = vars(self).get(_RUN)
        if run is None:
            run = vars(self)[_RUN] = _Run(make())
        elif run.busy:
            _call(method, self, test)
            return
        run.busy = True
        run.enter()
        try:
            _call(method, self, test)
        except BaseException:
            run.leave(self)
            raise
        finally:
            run.busy = False

    return setup_method


def _teardown(method: FunctionType | None) -> Any:
    def teardown_method(self: Any, test: Any = None) -> None:
        run = vars(self).get(_RUN)
        if run is None or run.busy:
            _call(method, self, test)
            return
        run.busy = True
        try:
            _call(method, self, test)
        finally:
            run.busy = False
            run.leave(self)

    return teardown_method


def _call(method: FunctionType | None, self: Any, test: Any) -> None:
    """Call a set-up or tear-down method of pytest. Its second parameter is optional."""
    if method is None:
        return
    takes_test = method.__code__.co_argcount > 1
    method(self, test) if takes_test else method(self)
