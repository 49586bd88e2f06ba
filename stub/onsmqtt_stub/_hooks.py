"""What takes a request to the service out of `requests`, and where any other request goes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from onsmqtt_stub import _active
from onsmqtt_stub._active import NoBackend
from onsmqtt_stub._connection import InProcessPool
from onsmqtt_stub._endpoints import on_this_machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from onsmqtt_stub._session import Session

    Function = Callable[..., Any]

_SESSION_SEND: Function = requests.Session.send
_ADAPTER_SEND: Function = HTTPAdapter.send


def session_send(previous: Function) -> Function:
    """Pass over a mock that was put above the adapters before ours was entered."""

    @functools.wraps(previous)
    def send(session: Any, request: Any, **kwargs: Any) -> Any:
        is_ours = _find(request) is not None
        return (_SESSION_SEND if is_ours else previous)(session, request, **kwargs)

    return send


def adapter_send(previous: Function) -> Function:
    """Answer a request to the service; leave any other to another mock, or refuse it."""

    @functools.wraps(previous)
    def send(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        found = _find(request)
        if found is not None:
            return _ADAPTER_SEND(_Adapter(adapter, found), request, *args, **kwargs)
        url = str(request.url)
        if (
            not _active.is_any()
            or previous is not _ADAPTER_SEND
            or _another_mock_is_below()
            or on_this_machine(url)
            or _active.lets_pass(url)
        ):
            return previous(adapter, request, *args, **kwargs)
        raise requests.ConnectionError(
            f"onsmqtt_stub: {request.method} {url.partition('?')[0]} was refused: it is no "
            "endpoint of OnsMqtt, no other mock takes it, and passthru does not name it: "
            "mock_onsmqtt(passthru=[...])",
            request=request,
        )

    return send


def connection(previous: Function) -> Function:
    """Answer a request that another mock let pass to the adapter's own code."""

    @functools.wraps(previous)
    def get(adapter: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        found = _find(request)
        if found is not None:
            return InProcessPool(found.backend, request.url)
        return previous(adapter, request, *args, **kwargs)

    return get


class _Adapter:
    """What `HTTPAdapter.send` wants of an adapter, with a connection that ends in the backend.

    Retries, headers and the building of a response stay those of the client's own adapter.
    """

    def __init__(self, adapter: HTTPAdapter, session: Session) -> None:
        self.max_retries = adapter.max_retries
        self.add_headers = adapter.add_headers
        self.build_response = adapter.build_response
        self._session = session

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> InProcessPool:
        return InProcessPool(self._session.backend, str(request.url))

    def cert_verify(self, *_: object) -> None:
        """Verify nothing: there is no TLS."""

    def request_url(self, request: requests.PreparedRequest, _proxies: object) -> str:
        return request.path_url


def _find(request: requests.PreparedRequest) -> Session | None:
    try:
        found = _active.find(str(request.url))
        if found is not None:
            found.check()
    except NoBackend as problem:
        raise requests.ConnectionError(str(problem), request=request) from None
    else:
        return found


_GENUINE = (
    urllib3.HTTPConnectionPool.urlopen,
    urllib3.HTTPConnectionPool.ConnectionCls,
    urllib3.HTTPSConnectionPool.ConnectionCls,
)


def _another_mock_is_below() -> bool:
    """Whether a mock such as vcrpy or pook takes requests from urllib3."""
    now = (
        urllib3.HTTPConnectionPool.urlopen,
        urllib3.HTTPConnectionPool.ConnectionCls,
        urllib3.HTTPSConnectionPool.ConnectionCls,
    )
    return any(one is not other for one, other in zip(now, _GENUINE, strict=True))
