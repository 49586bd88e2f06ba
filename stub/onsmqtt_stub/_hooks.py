"""The hooks in `requests`: calls of the service go to a backend, others to other mocks."""

from __future__ import annotations

import functools
import importlib.util
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from onsmqtt_stub import _active
from onsmqtt_stub._active import NoBackend
from onsmqtt_stub._connection import InProcessPool
from onsmqtt_stub._endpoints import on_this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._session import Session

    Function = Callable[..., Any]


def _own(cls: type, name: str) -> Function:
    """Return a method as its module defines it, even if another mock has replaced it."""
    method: Function = getattr(cls, name)
    if method.__module__ == cls.__module__:
        return method
    spec = importlib.util.find_spec(cls.__module__)
    assert spec is not None  # noqa: S101 - the module is imported
    assert spec.loader is not None  # noqa: S101 - likewise
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    copy: Function = getattr(getattr(module, cls.__name__), name)
    return copy


_SESSION_SEND = _own(requests.Session, "send")
_ADAPTER_SEND = _own(HTTPAdapter, "send")
_CONNECTION = urllib3.HTTPSConnectionPool.ConnectionCls


def session_send(previous: Function) -> Function:
    """Skip requests_mock if it was entered before this mock: it replaces the session's method."""

    @functools.wraps(previous)
    def send(session: Any, request: Any, **kwargs: Any) -> Any:
        passes = _comes_from(previous, "requests_mock") and _find(request) is not None
        return (_SESSION_SEND if passes else previous)(session, request, **kwargs)

    return send


def adapter_send(previous: Function) -> Function:
    """Send a call of the service to its backend. Pass any other request on, or refuse it."""

    @functools.wraps(previous)
    def send(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        session = _find(request)
        if session is not None:
            return send_to(session.backend, adapter, request, *args, **kwargs)
        if not _may_leave(request):
            if _comes_from(previous, "requests"):
                raise _refusal(request)
            if not _comes_from(previous, "responses"):
                # Another mock, or a tool that records and sends. It gets no connection.
                with _no_connection():
                    return previous(adapter, request, *args, **kwargs)
        return previous(adapter, request, *args, **kwargs)

    return send


def send_to(backend: Backend, adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
    """Send a request to a backend, as the adapter sends one to the service."""
    return _ADAPTER_SEND(_Adapter(adapter, backend), *args, **kwargs)


def connection(previous: Function) -> Function:
    """Return the backend's pool for a call that another mock passed on to the adapter."""

    @functools.wraps(previous)
    def get(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        session = _find(request)
        if session is not None:
            return InProcessPool(session.backend, request.url)
        if _refuses.get():
            raise _refusal(request)
        return previous(adapter, request, *args, **kwargs)

    return get


_refuses: ContextVar[bool] = ContextVar("onsmqtt_stub_refuses", default=False)


@contextmanager
def _no_connection() -> Iterator[None]:
    token = _refuses.set(True)
    try:
        yield
    finally:
        _refuses.reset(token)


def _may_leave(request: requests.PreparedRequest) -> bool:
    url = str(request.url)
    return (
        not _active.any_active()
        or on_this_machine(url)
        or _active.passes_through(url)
        # vcrpy replaces this class.
        or urllib3.HTTPSConnectionPool.ConnectionCls is not _CONNECTION
        or _comes_from(urllib3.HTTPConnectionPool.urlopen, "pook")
    )


def _refusal(request: requests.PreparedRequest) -> requests.ConnectionError:
    return requests.ConnectionError(
        f"onsmqtt_stub: {request.method} {str(request.url).partition('?')[0]} was refused, because "
        "it is not an endpoint of OnsMqtt and no other mock handles it; to let it through, use "
        "mock_onsmqtt(passthru=[...]), and to mock it too, mock_onsmqtt(endpoint=...)",
        request=request,
    )


def _comes_from(function: Function, package: str) -> bool:
    return str(getattr(function, "__module__", "")).partition(".")[0] == package


class _Adapter:
    """The attributes that `HTTPAdapter.send` needs, with a connection to the backend.

    Retries, headers and responses are still those of the client's own adapter.
    """

    def __init__(self, adapter: HTTPAdapter, backend: Backend) -> None:
        self.max_retries = adapter.max_retries
        self.add_headers = adapter.add_headers
        self.build_response = adapter.build_response
        self._backend = backend

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> InProcessPool:
        return InProcessPool(self._backend, str(request.url))

    def cert_verify(self, *_: object) -> None:
        """Do nothing: there is no TLS."""

    def request_url(self, request: requests.PreparedRequest, _proxies: object) -> str:
        return request.path_url


def _find(request: requests.PreparedRequest) -> Session | None:
    try:
        session = _active.find(str(request.url))
        if session is not None:
            session.check()
    except NoBackend as problem:
        raise requests.ConnectionError(str(problem), request=request) from None
    else:
        return session
