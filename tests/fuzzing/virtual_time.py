"""Virtual time, which only a sleep moves, instead of the functions of `time` in this process.

Call `install` before the first import of fuzzed code, which looks up the functions once.
"""

from __future__ import annotations

import random
import time
import uuid
from typing import Any

EPOCH = 1_795_478_400.0  # 2026-11-24T00:00:00Z
BEGIN = 1000.0


class VirtualTime:
    """The seconds of both clocks; each input starts at the same moment."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._drawn = 0

    def restart(self) -> None:
        """Reset both clocks."""
        self.elapsed, self._drawn = 0.0, 0

    def monotonic(self) -> float:
        """Return what `time.monotonic` would."""
        return BEGIN + self.elapsed

    def wall(self) -> float:
        """Return what `time.time` would."""
        return EPOCH + self.elapsed

    def sleep(self, seconds: float) -> None:
        """Move both clocks."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.elapsed += seconds

    def uuid4(self) -> uuid.UUID:
        """Return an ID that is new within the input, and the same in each run of it."""
        self._drawn += 1
        return uuid.UUID(int=self._drawn)


class _HalfWay(random.Random):
    def random(self) -> float:
        return 0.5


TIME = VirtualTime()


def install() -> None:
    """Replace time and randomness, so that the run of an input is repeatable."""
    replacements: dict[Any, dict[str, Any]] = {
        time: {"monotonic": TIME.monotonic, "time": TIME.wall, "sleep": TIME.sleep},
        uuid: {"uuid4": TIME.uuid4},
        random: {"SystemRandom": _HalfWay},
    }
    for module, names in replacements.items():
        for name, function in names.items():
            setattr(module, name, function)
