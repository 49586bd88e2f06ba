"""What can be said on a noisy machine: ratios within one round, their median and their quartiles."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios, and the quartiles below and above it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


def compare(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Divide pair by pair; needs two pairs at least."""
    found = [one / other for one, other in zip(ours, theirs, strict=True)]
    low, _, high = quantiles(found, n=4)
    return Ratio(median(found), low, high)
