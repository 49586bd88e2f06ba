"""Draw the course of the storms of `make storm`: `python benchmarks/storm_plot.py [JSON [SVG]]`.

Runs in `.venv-bench`, which has matplotlib; the same figures give the same bytes.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl  # type: ignore[import-not-found] # only in .venv-bench
from matplotlib.figure import Figure  # type: ignore[import-not-found] # likewise

ROOT = Path(__file__).parents[1]
COLOURS = {"ideal": "#1a7f5a", "jittered": "#c4622d", "backoff": "#9aa5b1", "bulk": "#2b5fab"}
NAMES = {
    "ideal": "asynchronous, a queue that loses no time",
    "jittered": "asynchronous, documented back-off with jitter",
    "backoff": "asynchronous, documented back-off",
    "bulk": "bulk: SMQ queue and event stream",
}
SIGNUPS = 20_000


def rates(course: list[list[float]], column: int) -> tuple[list[float], list[float]]:
    """Return the hours, and how much a counter grew per second before each."""
    pairs = list(itertools.pairwise(course))
    hours = [later[0] / 3600 for _, later in pairs]
    return hours, [(b[column] - a[column]) / (b[0] - a[0]) for a, b in pairs]


def draw(storms: list[dict[str, Any]], target: Path) -> None:
    """Draw queue, calls and throttled calls over time, for storms of one size."""
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "storm", "font.size": 9}
    mpl.rcParams |= {"axes.spines.top": False, "axes.spines.right": False}
    figure = Figure(figsize=(10, 3.2), layout="constrained", facecolor="white")
    queue, calls, throttled = figure.subplots(1, 3)
    for storm in storms:
        way = storm["figures"]["way"]
        if storm["figures"]["signups"] != SIGNUPS or way == "backoff":
            continue
        course = storm["course"]
        style = {"color": COLOURS[way], "label": NAMES[way]}
        queue.plot([p[0] / 3600 for p in course], [p[1] / 1000 for p in course], **style)
        calls.plot(*rates(course, 2), **style)
        throttled.plot(*rates(course, 3), **style)
    queue.set_title("Signups waiting, thousands", loc="left")
    calls.set_title("Calls per second, of 10", loc="left")
    throttled.set_title("Throttled calls per second", loc="left")
    for axes in (queue, calls, throttled):
        axes.set_xlabel("hours")
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
    handles, labels = queue.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, frameon=False)
    figure.savefig(target, metadata={"Date": None, "Creator": None})


def main(source: str = "build/storm.json", target: str = "docs/storm.svg") -> None:
    """Read the courses and draw them. Paths are relative to the project."""
    draw(json.loads((ROOT / source).read_text()), ROOT / target)
    print(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
