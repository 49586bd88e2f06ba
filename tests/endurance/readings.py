"""The resources that a soak used in each lap, and whether any of them grow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.endurance import usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.endurance.usage import Usage

# How much more memory the last third of the laps may use than the middle one.
_MAX_GROWTH = 0.02


@dataclass(frozen=True)
class Reading:
    """Resources at the end of a lap: nothing runs, and the stub still has all groups and calls.

    The idle ones are those that belong to no open connection.
    """

    server: Usage
    workers: dict[int, Usage]
    idle_descriptors: int
    idle_threads: int
    files: int
    calls: int
    seconds: float

    @property
    def figures(self) -> dict[str, float]:
        """Return the figures that must not grow, those in MB first."""
        workers = self.workers.values()
        return {
            "server MB": self.server.resident / 1024,
            "server PSS": self.server.proportional / 1024,
            "workers MB": sum(one.resident for one in workers) / 1024,
            "workers PSS": sum(one.proportional for one in workers) / 1024,
            "descriptors": self.idle_descriptors,
            "threads": self.idle_threads,
            "of workers": max(one.descriptors for one in workers),
            "their threads": max(one.threads for one in workers),
            "files": self.files,
        }


_IN_MEGABYTES = 4


@dataclass
class Soak:
    """The readings, and the counts of all laps."""

    readings: list[Reading] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def trends(self) -> Iterator[str]:
        """Yield the figures that grow after the first third of the laps, which is the warm-up."""
        third = len(self.readings) // 3
        if not third:
            return
        rows = [reading.figures for reading in self.readings]
        for index, name in enumerate(rows[0]):
            values = [row[name] for row in rows]
            if index < _IN_MEGABYTES:
                if (growth := usage.growth(values)) > _MAX_GROWTH:
                    yield f"{name} grew by {growth:.1%}: {[round(value, 1) for value in values]}"
            elif max(values[third:]) > max(values[:third]):
                yield f"{name} grew: {values}"
        if len({tuple(reading.workers) for reading in self.readings[third:]}) > 1:
            yield "a worker started or ended"
