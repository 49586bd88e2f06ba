"""The figures of one runtime, as rows of a table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.ratios import Ratio, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PEERS = ("sdk", "bare")
# What is to be reached, and what is worth trying for: ours to that peer, at most.
GOALS = {
    ("cold, wall", "sdk"): (0.40, 0.33),
    ("cold, wall", "bare"): (1.00, 0.90),
    ("memory at its peak", "sdk"): (0.55, 0.45),
    ("warm call, CPU", "sdk"): (0.60, 0.45),
}


@dataclass(frozen=True)
class Row:
    """One measure: each contestant's median in that unit, and ours to each peer."""

    title: str
    unit: str
    values: dict[str, float]
    ratios: dict[str, Ratio] = field(default_factory=dict)

    def __str__(self) -> str:
        figures = (f"{self.values[n]:10.4g}" if n in self.values else 10 * " " for n in ORDER)
        ratios = (self._ratio(peer) for peer in PEERS)
        return f"{self.title:22}{self.unit:>6}{''.join(figures)}  {'  '.join(ratios)}".rstrip()

    def _ratio(self, peer: str) -> str:
        if peer not in self.ratios:
            return 40 * " "
        ratio, text = self.ratios[peer], str(self.ratios[peer])
        if (self.title, peer) in GOALS:
            reach, attempt = GOALS[self.title, peer]
            met = reach if ratio.median > attempt else attempt
            text += f" {'<=' if ratio.median <= met else '> '} {met:.2f}"
        return f"{text:40}"


ORDER = ("ours", *PEERS)
HEAD = f"{'':28}{''.join(f'{name:>10}' for name in ORDER)}  {'ours to sdk':40}  ours to bare"


def row(
    title: str, unit: str, samples: Mapping[str, Sequence[Any]], part: str, scale: float = 1.0
) -> Row:
    """Make a row of an attribute of samples that were taken in rounds."""
    return Row(
        title,
        unit,
        {name: scale * median(getattr(s, part) for s in found) for name, found in samples.items()},
        {p: compare(samples["ours"], samples[p], part) for p in PEERS if p in samples},
    )


def counted(title: str, unit: str, values: Mapping[str, float]) -> Row:
    """Make a row of figures that do not vary."""
    ratios = {peer: values["ours"] / values[peer] for peer in PEERS if peer in values}
    return Row(title, unit, dict(values), {peer: Ratio(r, r, r) for peer, r in ratios.items()})
