"""Measure all: `python -m benchmarks [--runtime NAME ...] [--rounds N] [--calls N] [--json FILE]`.

Prints a table for each runtime and writes the figures, which `benchmarks/plot.py` draws.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import cold, instructions, limits, report, scale, subjects, warm
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.report import TableRow
    from benchmarks.subjects import Subjects


def rows(measured: Subjects, rounds: int) -> Iterator[TableRow]:
    """Measure what has baselines."""
    full = cold.measure(measured.python, measured.trees, rounds)
    yield report.row("cold, wall", "ms", full, "wall", 1000)
    yield report.row("cold, CPU", "ms", full, "cpu", 1000)
    yield report.row("memory at its peak", "MiB", full, "peak", 1 / 1024)
    yield report.row("modules", "", full, "modules")
    with limits.limited(cold.CORE) as limit:
        if limit is not None:
            how, within = limit
            part = cold.measure(measured.python, measured.trees, rounds // 2, within=within)
            yield report.row(f"cold, {how} {cold.CORE}", "ms", part, "wall", 1000)
    calling = {name: tree for name, tree in measured.trees.items() if name != "bare"}
    tls = cold.measure(measured.python, calling, rounds, tls=True)
    yield report.row("cold over TLS, wall", "ms", tls, "wall", 1000)
    yield report.row("cold over TLS, CPU", "ms", tls, "cpu", 1000)
    calls = warm.measure(measured.python, calling, rounds // 2)
    yield report.row("warm call, CPU", "ms", calls, "cpu", 1000)
    if counted := instructions.cold(measured.python, measured.trees):
        yield report.counted("cold, instructions", "1e6", counted)
    if counted := instructions.warm(measured.python, calling):
        yield report.counted("warm call, instructions", "1e6", counted)
    yield report.counted("zip", "MiB", {name: _zipped(measured, name) for name in measured.trees})


def growth(measured: Subjects, calls: int) -> dict[str, Any]:
    """Measure what has no baseline: CPU seconds by size, and KiB by number of calls."""
    ours = measured.trees["ours"]
    return {
        "batches": scale.batches(measured.python, ours),
        "bodies": scale.bodies(measured.python, ours),
        "memory": scale.memory(measured.python, ours, calls),
    }


def growth_text(grown: dict[str, Any]) -> str:
    """Format the figures of `growth`."""
    each = (f"{1e3 * cpu / size:.2f} (batch of {size:,})" for size, cpu in grown["batches"].items())
    call = (f"{1e3 * cpu:.2f} ({size:,} bytes)" for size, cpu in grown["bodies"].items())
    memory = grown["memory"]
    least, most = (f"{limit(memory.values()):,}" for limit in (min, max))
    return (
        f"CPU ms per event of a batch: {', '.join(each)}\n"
        f"CPU ms per call: {', '.join(call)}\n"
        f"memory: {least} to {most} KiB over {max(memory):,} calls"
    )


def _zipped(measured: Subjects, name: str) -> float:
    if name == "ours":
        return measured.zipped.stat().st_size / 2**20
    with tempfile.TemporaryDirectory() as folder:
        made = shutil.make_archive(str(Path(folder, name)), "zip", measured.trees[name])
        return Path(made).stat().st_size / 2**20


def main() -> None:
    """Measure, print the tables and write the JSON file."""
    parser = argparse.ArgumentParser(description="Measure the function and its baselines.")
    parser.add_argument("--runtime", nargs="+", default=list(TARGETS), choices=TARGETS)
    parser.add_argument(
        "--rounds",
        type=int,
        default=31,
        help="rounds of cold starts; half of it for other measures",
    )
    parser.add_argument(
        "--calls", type=int, default=10_000, help="number of calls over which memory is measured"
    )
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    options = parser.parse_args()
    if options.rounds < 4 or options.calls < 50:
        parser.error("--rounds must be at least 4, and --calls at least 50")
    figures = {}
    for runtime in options.runtime:
        try:
            measured = subjects.prepare(runtime)
        except PackageError as error:
            parser.error(str(error))
        print(f"{runtime}: medians, and the ratios of the rounds with their quartiles")
        table = []
        for row in rows(measured, options.rounds):
            print(row, flush=True)
            table.append(asdict(row))
        grown = growth(measured, options.calls)
        print(growth_text(grown), flush=True)
        figures[runtime] = {"rows": table, **grown}
    options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
