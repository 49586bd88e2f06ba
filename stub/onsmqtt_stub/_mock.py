"""`mock_onsmqtt`: a backend replaces the service for every client that uses `requests`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from onsmqtt_stub import _active
from onsmqtt_stub._backend import Backend
from onsmqtt_stub._decorator import decorate
from onsmqtt_stub._endpoints import BaseUrl, Endpoints
from onsmqtt_stub._session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T", bound="Callable[..., Any]")


class OnsMqttMock:
    """A context manager that yields the backend, a decorator, and `start` with `stop`.

    Without a backend of its own, each entry and each call of a decorated function has a new one.
    """

    def __init__(
        self, backend: Backend | None, endpoint: str | None, passthru: Sequence[str]
    ) -> None:
        if isinstance(passthru, str):
            raise TypeError(
                'passthru: must be a list of URLs or hosts, such as ["https://example.com"]'
            )
        self._backend = backend
        self._endpoints = Endpoints(
            None if endpoint is None else BaseUrl.parse("endpoint", endpoint)
        )
        self._passthru = [BaseUrl.parse("passthru", text) for text in passthru]
        self._entered: list[Session] = []

    def start(self) -> Backend:
        """Enter the mock, and return its backend. `stop` leaves it."""
        session = self.session()
        backend = session.__enter__()
        self._entered.append(session)
        return backend

    def stop(self) -> None:
        """Leave the mock: its last entry in this context, or else its last entry."""
        if not self._entered:
            raise RuntimeError("mock_onsmqtt: stop() was called more often than start()")
        session = _active.innermost(self._entered) or self._entered[-1]
        self._entered[:] = [other for other in self._entered if other is not session]
        session.__exit__()

    def session(self, refusal: str = "") -> Session:
        """Return the session of one entry. A `refusal` counts only without a backend of its own."""
        return Session(
            self._backend or Backend(),
            self._endpoints,
            self._passthru,
            "" if self._backend else refusal,
        )

    def __enter__(self) -> Backend:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Backend:
        return self.start()

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, target: _T) -> _T:
        """Decorate a function or a class. TypeError for anything else."""
        decorated: _T = decorate(target, self.session)
        return decorated


@overload
def mock_onsmqtt(target: _T, /) -> _T: ...
@overload
def mock_onsmqtt(
    target: Backend | None = None,
    /,
    *,
    endpoint: str | None = None,
    passthru: Sequence[str] = (),
) -> OnsMqttMock: ...
def mock_onsmqtt(
    target: Backend | Callable[..., Any] | None = None,
    /,
    *,
    endpoint: str | None = None,
    passthru: Sequence[str] = (),
) -> Any:
    """Replace the endpoints of OnsMqtt, public and VPC ones of every region, by a stub.

    `with mock_onsmqtt(backend) as stub:` yields the backend, a new one by default. `@mock_onsmqtt`
    and `@mock_onsmqtt(backend)` decorate functions of every kind, and test classes. `endpoint` is a
    base URL or host that is mocked too.

    Any other request through `requests` goes to the mock that was active before, to a server on
    this machine, or to what `passthru` names by URL or host. The rest raises
    `requests.ConnectionError`. A client that does not use `requests` and calls the service gets a
    `socket.gaierror`.
    """
    if target is None or isinstance(target, Backend):
        return OnsMqttMock(target, endpoint, passthru)
    return OnsMqttMock(None, endpoint, passthru)(target)
