"""Draw the figures of `python -m benchmarks`: `python benchmarks/plot.py [JSON [SVG]]`.

Runs in `.venv-bench`, which has matplotlib; the same figures give the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found] # only in .venv-bench
from matplotlib.figure import Figure  # type: ignore[import-not-found] # likewise

ROOT = Path(__file__).parents[1]
NAMES = {
    "ours": "this function",
    "http_client": "by hand on http.client",
    "requests": "by hand on requests",
    "legacy": "legacy SDK",
    "sdk": "current SDK",
}
COLOURS = {
    "ours": "#1a7f5a",
    "http_client": "#cfd6dd",
    "requests": "#8f9baa",
    "legacy": "#e2a35f",
    "sdk": "#c4622d",
}
WIDTH = 0.17
BARS = (
    ("cold over TLS, CPU", "CPU of a cold start over TLS, ms"),
    ("memory at its peak", "Memory at its peak, MiB"),
    ("warm call, CPU", "CPU of a warm call, ms"),
)
LINES = (
    ("batches", "CPU ms of a batch, by its events", 1000.0, 1),
    ("bodies", "CPU ms of a call, by KiB of its body", 1000.0, 1024),
    ("memory", "Memory in MiB, by thousands of calls", 1 / 1024, 1000),
)


def bars(axes: Any, title: str, measure: str, figures: dict[str, Any]) -> None:
    """Draw a measure of each subject, with a group of bars for each runtime."""
    for group, runtime in enumerate(figures):
        row = next(row for row in figures[runtime]["rows"] if row["title"] == measure)
        for place, name in enumerate(NAMES):
            value = row["values"][name]
            at = group + WIDTH * (place - len(NAMES) // 2)
            label = NAMES[name] if group == 0 else None
            bar = axes.bar(at, value, 0.9 * WIDTH, color=COLOURS[name], label=label)
            axes.bar_label(bar, [f"{value:.3g}"], fontsize=7)
    axes.set_xticks(range(len(figures)), list(figures))
    axes.set_title(title, loc="left")
    axes.margins(y=0.12)


def lines(
    axes: Any, title: str, measure: str, figures: dict[str, Any], *, scale: float, unit: int
) -> None:
    """Draw how a figure grows, with a line for each runtime."""
    for runtime, style in zip(figures, ("-", "--"), strict=False):
        values = figures[runtime][measure]
        sizes = [int(size) / unit for size in values]
        axes.plot(
            sizes,
            [scale * value for value in values.values()],
            style,
            marker=".",
            color=COLOURS["ours"],
            label=runtime,
        )
    axes.set_title(title, loc="left")
    axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
    axes.set_xlim(left=0)
    axes.legend(frameon=False, loc="lower right")


def draw(figures: dict[str, Any], target: Path) -> None:
    """Draw everything into one SVG, which keeps its text as text."""
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "benchmark", "font.size": 9}
    mpl.rcParams |= {"axes.spines.top": False, "axes.spines.right": False}
    figure = Figure(figsize=(10, 5.6), layout="constrained", facecolor="white")
    grid = figure.subplots(2, 3)
    for axes, (measure, title) in zip(grid[0], BARS, strict=True):
        bars(axes, title, measure, figures)
    for axes, (measure, title, scale, unit) in zip(grid[1], LINES, strict=True):
        lines(axes, title, measure, figures, scale=scale, unit=unit)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(NAMES), frameon=False)
    figure.savefig(target, metadata={"Date": None, "Creator": None})


def main(source: str = "build/bench.json", target: str = "docs/benchmark.svg") -> None:
    """Read the figures and draw them. Paths are relative to the project."""
    draw(json.loads((ROOT / source).read_text()), ROOT / target)
    print(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
