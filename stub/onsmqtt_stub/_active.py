"""The active mocks, and which of them handles a request.

A context variable holds the mocks that the running code has entered. The list is for code outside
such a context, for example a thread that a test started. A mock is removed from both by identity,
so that mocks may end in any order.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from onsmqtt_stub._endpoints import any_contains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onsmqtt_stub._session import Session

_SEVERAL = (
    "onsmqtt_stub: this thread or task entered no mock, and several are active in others; enter "
    "mock_onsmqtt here, or run this in a copy of the test's context, as asyncio.to_thread does"
)
_entered: ContextVar[tuple[Session, ...]] = ContextVar("onsmqtt_stub", default=())
_active: list[Session] = []
_lock = threading.RLock()


class NoBackend(Exception):
    """No mock can handle a call of the service. The text says why, and what to do."""


def add(session: Session) -> None:
    """Activate a session, as the innermost one."""
    session.around = _entered.get()
    _entered.set((*session.around, session))
    with _lock:
        _active.append(session)


def remove(session: Session) -> None:
    """Deactivate the last entry of a session."""
    _entered.set(_without(session, _entered.get()))
    with _lock:
        _active[:] = _without(session, _active)


def innermost(sessions: Sequence[Session]) -> Session | None:
    """Return which of the sessions the running code's context entered last, if any."""
    for session in reversed(_entered.get()):
        if any(other is session for other in sessions):
            return session
    return None


def find(url: str) -> Session | None:
    """Return the session that handles a URL, None if the URL is not the service's.

    It is the innermost one of the running code's context. In a context without one, it is the
    innermost of all. Raises `NoBackend` if several could be: a mock never handles another's call.
    """
    with _lock:
        candidates = [session for session in _active if session.endpoints.match_url(url)]
    if not candidates:
        return None
    entered = innermost(candidates)
    if entered is not None:
        return entered
    for session in reversed(candidates):
        if all(other is session or other in session.around for other in candidates):
            return session
    raise NoBackend(_SEVERAL)


def any_active() -> bool:
    """Return whether any mock is active."""
    return bool(_active)


def is_mocked(host: str) -> bool:
    """Return whether a host is the service's for an active mock."""
    with _lock:
        return any(session.endpoints.match_host(host) for session in _active)


def passes_through(url: str) -> bool:
    """Return whether an active mock names a URL in `passthru`."""
    with _lock:
        return any(any_contains(session.passthru, url) for session in _active)


def _without(session: Session, sessions: Sequence[Session]) -> tuple[Session, ...]:
    for index in reversed(range(len(sessions))):
        if sessions[index] is session:
            return (*sessions[:index], *sessions[index + 1 :])
    return tuple(sessions)
