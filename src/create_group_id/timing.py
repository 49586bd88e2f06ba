"""Time: the invocation's deadline, the pace of its calls, the wait before a repetition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TIMEOUT = 3.0  # FC's own default, for a context that does not tell
BACKOFF_BASE, BACKOFF_CAP = 0.2, 5.0


class Deadline(NamedTuple):
    """The moment by which the answer must have left us, on the given clock, in seconds."""

    at: float
    clock: Callable[[], float]

    @classmethod
    def of(cls, context: Any, started: float, clock: Callable[[], float]) -> Deadline:
        """Give the deadline of an invocation: FC's time-out less a reserve to answer in.

        FC 3.10 may hold the time-out as a string; one that cannot be used counts as 3 s.
        """
        timeout = _seconds(getattr(getattr(context, "function", None), "timeout", None))
        reserve = min(max(timeout / 10, 0.1), 1.0, timeout / 2)
        return cls(started + timeout - reserve, clock)

    def left(self) -> float:
        """Tell how many seconds are left, below 0 when it has passed."""
        return self.at - self.clock()

    def share(self, parts: int) -> Deadline:
        """Give the deadline of the first of so many equal parts of what is left."""
        return Deadline(self.clock() + self.left() / parts, self.clock)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return DEFAULT_TIMEOUT
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return DEFAULT_TIMEOUT
    return seconds if math.isfinite(seconds) and seconds > 0 else DEFAULT_TIMEOUT


class Pacer:
    """Keeps an instance's calls at least 1/QPS apart; a pause earns no burst.

    FC gives an instance one invocation at a time, so there is no lock.
    """

    def __init__(self) -> None:
        self._last = -math.inf

    def next_start(self, now: float, qps: float) -> float:
        """Give the earliest moment at which the next call may start."""
        return max(now, self._last + 1 / qps)

    def started(self, now: float) -> None:
        """Note that a call starts now: later than planned counts, else two came too close."""
        self._last = now


def backoff(repetition: int, jitter: Callable[[], float]) -> float:
    """Give the wait in seconds before a repetition, from 1: exponential, with full jitter."""
    return jitter() * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(repetition, 16))
