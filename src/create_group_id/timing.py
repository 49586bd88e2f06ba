"""Time: the invocation's deadline, the pace of its calls, the wait before a retry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id.settings import attribute

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TIMEOUT = 3.0  # FC's own default, for a context that names none
BACKOFF_BASE, BACKOFF_CAP = 0.2, 5.0
MIN_QPS = 1.0  # calls per second
DECREASE_FACTOR = 0.7  # a throttled call multiplies the pace by this
RECOVERY_SECONDS = 25.0  # from the slowest pace back to the ceiling


class Deadline(NamedTuple):
    """The time by which the function must return, in seconds of `clock`."""

    expires_at: float
    clock: Callable[[], float]

    @classmethod
    def from_context(cls, context: Any, started: float, clock: Callable[[], float]) -> Deadline:
        """Return the deadline of an invocation: FC's timeout minus a reserve for the response.

        The context of python3.10 may have the timeout as a string; an unusable one counts as 3 s.
        """
        timeout = _seconds(attribute(attribute(context, "function"), "timeout"))
        reserve = min(max(timeout / 10, 0.1), 1.0, timeout / 2)
        return cls(started + timeout - reserve, clock)

    def remaining(self) -> float:
        """Return the seconds left, below 0 after the deadline."""
        return self.expires_at - self.clock()


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return DEFAULT_TIMEOUT
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return DEFAULT_TIMEOUT
    return seconds if math.isfinite(seconds) and seconds > 0 else DEFAULT_TIMEOUT


class Pacer:
    """Spaces the calls of an FC instance: at most `ceiling` per second, fewer after throttling.

    Additive increase, multiplicative decrease, as in TCP: each throttled call lowers the pace, and
    with time it rises again. So FC instances share the account's quota without communication. A
    pause allows no burst after it. FC gives an instance one invocation at a time, so there is no
    lock.
    """

    def __init__(self) -> None:
        self._last_start = self._held_until = -math.inf
        self._reduced_rate, self._reduced_at = math.inf, 0.0

    def interval(self, now: float, ceiling: float) -> float:
        """Return the seconds between two calls at the current pace."""
        slowest = min(MIN_QPS, ceiling)
        recovered = (ceiling - slowest) * (now - self._reduced_at) / RECOVERY_SECONDS
        return 1 / min(ceiling, max(slowest, self._reduced_rate) + recovered)

    def next_start(self, now: float, ceiling: float) -> float:
        """Return the earliest moment at which the next call may start."""
        return max(now, self._held_until, self._last_start + self.interval(now, ceiling))

    def record_start(self, now: float) -> None:
        """Record that a call starts now, which may be later than `next_start` said."""
        self._last_start = now

    def slow_down(self, now: float, ceiling: float, wait: float) -> None:
        """Lower the pace, and hold every call for the seconds that the API asked for."""
        self._reduced_rate, self._reduced_at = DECREASE_FACTOR / self.interval(now, ceiling), now
        self._held_until = max(self._held_until, now + wait)


def backoff(retry: int, jitter: Callable[[], float]) -> float:
    """Return the seconds before a retry, numbered from 1: exponential backoff with full jitter."""
    return jitter() * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(retry, 16))
