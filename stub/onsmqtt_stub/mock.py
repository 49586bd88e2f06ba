"""`mock_onsmqtt`: the backend in place of the service, for whatever sends through `requests`."""

from __future__ import annotations

import functools
import inspect
import re
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any, TypeVar, overload
from urllib.parse import urlsplit

import responses

from onsmqtt_stub.backend import Backend
from onsmqtt_stub.playback import Playback
from onsmqtt_stub.rpc import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    import requests
    import urllib3

_F = TypeVar("_F", bound="Callable[..., Any]")
_REGIONAL = r"https?://onsmqtt(-vpc)?\.[a-z0-9-]+\.aliyuncs\.com(:\d+)?"


class Mock(ContextDecorator):
    """A context manager that gives the backend, and a decorator that passes nothing on.

    Where no backend was given, each entry and each call of the decorated function has a new one.
    Requests to anything but OnsMqtt raise requests.exceptions.ConnectionError.
    """

    def __init__(self, backend: Backend | None, endpoint: str | None) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._patch = responses.RequestsMock(assert_all_requests_are_fired=False)

    def __enter__(self) -> Backend:
        backend = self._backend or Backend()
        self._patch.add(_Front(backend, self._endpoint, self._patch.calls))
        self._patch.start()
        return backend

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._patch.stop()
        self._patch.reset()

    def __call__(self, function: _F) -> _F:
        """Wrap a function, or a coroutine function, in the mock."""

        @functools.wraps(function)
        async def asynchronous(*args: Any, **kwargs: Any) -> Any:
            with self._recreate_cm():
                return await function(*args, **kwargs)

        if inspect.iscoroutinefunction(function):
            return asynchronous  # type: ignore[return-value]  # the same signature, by wraps
        return super().__call__(function)

    def _recreate_cm(self) -> Mock:
        return Mock(self._backend, self._endpoint)


@overload
def mock_onsmqtt(target: _F, /) -> _F: ...
@overload
def mock_onsmqtt(target: Backend | None = None, /, *, endpoint: str | None = None) -> Mock: ...
def mock_onsmqtt(
    target: Backend | Callable[..., Any] | None = None, /, *, endpoint: str | None = None
) -> Any:
    """Put a stub in place of OnsMqtt's endpoints of every region, public and VPC.

    `with mock_onsmqtt(backend) as stub:` gives the backend, a new one by default;
    `@mock_onsmqtt` and `@mock_onsmqtt(backend)` decorate. `endpoint` is a base URL that is taken
    for the service too.
    """
    if target is None or isinstance(target, Backend):
        return Mock(target, endpoint)
    return Mock(None, endpoint)(target)


class _Front(responses.BaseResponse):
    """The one response that the patch knows; it takes every method and asks the backend."""

    def __init__(self, backend: Backend, endpoint: str | None, calls: responses.CallList) -> None:
        served = _REGIONAL if endpoint is None else f"{_REGIONAL}|{re.escape(endpoint.rstrip('/'))}"
        super().__init__("*", re.compile(served))
        self._served = re.compile(rf"({served})(/|\?|$)")
        self._backend = backend
        self._all_calls = calls

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Take what goes to the service, whatever its method."""
        if self._served.match(str(request.url)):
            return True, ""
        return False, "is no endpoint of OnsMqtt"

    def get_response(self, request: requests.PreparedRequest) -> urllib3.HTTPResponse:
        """Play the exchange to the client."""
        # responses keeps every call with its body; the journal is ours, and bounded.
        self._all_calls.reset()
        self.calls.reset()
        steps = self._backend.exchange(_received(request))
        timeout = request.req_kwargs.get("timeout")  # type: ignore[attr-defined]  # set by responses
        return Playback(steps, request, timeout, self._backend.sleep).response()


def _received(request: requests.PreparedRequest) -> Request:
    """Give the request as a server would have received it."""
    url = urlsplit(str(request.url))
    default_port = {"http": 80, "https": 443}.get(url.scheme)
    host = url.hostname or ""
    headers = {"host": host if url.port in (None, default_port) else f"{host}:{url.port}"}
    given: Mapping[str, Any] = request.headers
    for name, value in given.items():
        # requests takes bytes as well, which its types do not say.
        headers[name.lower()] = value.decode("latin-1") if isinstance(value, bytes) else value
    body = request.body or b""
    return Request(
        method=str(request.method),
        path=url.path or "/",
        query=url.query,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )
