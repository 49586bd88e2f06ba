"""Ratios within a round, their median and quartiles: they are reliable even on a busy machine."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Ratio:
    """The median of the rounds' ratios, and its quartiles."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


def compare(ours: Sequence[Any], theirs: Sequence[Any], part: str) -> Ratio:
    """Divide an attribute of our samples by that of theirs, for each of at least two rounds."""
    pairs = zip(ours, theirs, strict=True)
    ratios = [getattr(one, part) / getattr(other, part) for one, other in pairs]
    low, _, high = quantiles(ratios, n=4)
    return Ratio(median(ratios), low, high)
