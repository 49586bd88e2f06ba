"""The figures of one runtime, as rows of a table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.ratios import Ratio, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# For a measure and a baseline: the highest ratio to reach, and the one worth trying for.
GOALS = {
    ("cold, CPU", "sdk"): (0.30, 0.25),
    ("cold, CPU", "bare"): (0.65, 0.50),
    ("cold, CPU", "legacy"): (0.80, 0.65),
    ("cold, CPU", "requests"): (0.80, 0.65),
    ("cold over TLS, CPU", "sdk"): (0.28, 0.21),
    ("memory at its peak", "sdk"): (0.475, 0.45),
    ("warm call, CPU", "sdk"): (0.60, 0.50),
    ("warm call, CPU", "legacy"): (0.50, 0.40),
    ("warm call, CPU", "requests"): (0.50, 0.40),
}


@dataclass(frozen=True)
class TableRow:
    """One measure: the median of each subject, and the ratio of ours to each baseline."""

    title: str
    unit: str
    values: dict[str, float]
    ratios: dict[str, Ratio] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.title}{self.unit and f', {self.unit}'}"]
        for name, value in self.values.items():
            ratio = f"   ours / it {self._ratio(name)}" if name in self.ratios else ""
            lines.append(f"  {name:12}{value:10.4g}{ratio}")
        return "\n".join(lines)

    def _ratio(self, baseline: str) -> str:
        ratio = self.ratios[baseline]
        if (self.title, baseline) not in GOALS:
            return str(ratio)
        reach, attempt = GOALS[self.title, baseline]
        goal = reach if ratio.median > attempt else attempt
        return f"{ratio} {'<=' if ratio.median <= goal else '>'} {goal}"


def row(
    title: str, unit: str, samples: Mapping[str, Sequence[Any]], part: str, scale: float = 1.0
) -> TableRow:
    """Return the row of an attribute of samples that were taken in rounds."""
    return TableRow(
        title,
        unit,
        {
            name: scale * median(getattr(s, part) for s in rounds)
            for name, rounds in samples.items()
        },
        {name: compare(samples["ours"], samples[name], part) for name in samples if name != "ours"},
    )


def counted(title: str, unit: str, values: Mapping[str, float]) -> TableRow:
    """Return the row of figures that do not vary."""
    ratios = {
        name: values["ours"] / value for name, value in values.items() if value and name != "ours"
    }
    return TableRow(title, unit, dict(values), {name: Ratio(r, r, r) for name, r in ratios.items()})
