"""The mocks in force, and which of them answers a request.

A context variable says which mocks the running code has entered. The list beside it is for code
that runs in no such context, a thread that a test started. A mock leaves both by identity, so that
mocks may end in any order.
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
    "onsmqtt_stub: several mocks are active in other threads or tasks, and none was entered here: "
    "enter mock_onsmqtt here, or run this in a copy of the test's context, as asyncio.to_thread "
    "does"
)
_entered: ContextVar[tuple[Session, ...]] = ContextVar("onsmqtt_stub", default=())
_active: list[Session] = []
_lock = threading.RLock()


class NoBackend(Exception):
    """No mock can handle a request to the service; the text says why, and what to do."""


def add(session: Session) -> None:
    """Put a session in force, innermost."""
    session.around = _entered.get()
    _entered.set((*session.around, session))
    with _lock:
        _active.append(session)


def remove(session: Session) -> None:
    """Take the last entry of a session out of force."""
    _entered.set(_without(session, _entered.get()))
    with _lock:
        _active[:] = _without(session, _active)


def innermost(sessions: Sequence[Session]) -> Session | None:
    """Return the one of some sessions that the running code's context entered last."""
    for session in reversed(_entered.get()):
        if any(other is session for other in sessions):
            return session
    return None


def find(url: str) -> Session | None:
    """Return the session that answers a URL; None where it is not the service's.

    That is the innermost one of the running code's context; in a context without one, the innermost
    of all. Raises `NoBackend` where that is not decided: a mock never answers for another one.
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
    """Whether a mock is active at all."""
    return bool(_active)


def is_mocked(host: str) -> bool:
    """Whether a host is the service's for some active mock."""
    with _lock:
        return any(session.endpoints.match_host(host) for session in _active)


def passes_through(url: str) -> bool:
    """Whether an active mock names a URL in `passthru`."""
    with _lock:
        return any(any_contains(session.passthru, url) for session in _active)


def _without(session: Session, sessions: Sequence[Session]) -> tuple[Session, ...]:
    for index in reversed(range(len(sessions))):
        if sessions[index] is session:
            return (*sessions[:index], *sessions[index + 1 :])
    return tuple(sessions)
