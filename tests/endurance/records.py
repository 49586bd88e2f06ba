"""The result of a run of kills: the records of the events, and the number of the kills."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Kills:
    """The kills of one kind of process, and the problems after them."""

    kind: str
    count: int = 0
    events: int = 0
    failed: int = 0
    again: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.count} kills of {self.kind}: {self.events} events accepted, {self.failed} in "
            f"the failure file, {self.again} recorded twice, {len(self.problems)} problems"
        )


def ids(path: Path) -> Counter[str]:
    """Return how many records a destination has of each invocation. A cut line does not count."""
    found: Counter[str] = Counter()
    for line in path.read_bytes().splitlines() if path.exists() else ():
        if line.endswith(b"}"):
            found[json.loads(line)["requestContext"]["requestId"]] += 1
    return found


def spread(number: int) -> float:
    """Return the n-th of a sequence that fills 0 to 1 evenly (van der Corput's)."""
    value, part = 0.0, 0.5
    while number:
        number, digit = divmod(number, 2)
        value, part = value + digit * part, part / 2
    return value
