"""All figures: `python -m benchmarks [--runtime NAME ...] [--rounds N] [--calls N] [--json FILE]`.

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

from benchmarks import cold, contestants, instructions, limits, report, scale, warm
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.contestants import Field
    from benchmarks.report import Row


def rows(field: Field, rounds: int) -> Iterator[Row]:
    """Measure everything that has a peer."""
    full = cold.measure(field.python, field.trees, rounds)
    yield report.row("cold, wall", "ms", full, "wall", 1000)
    yield report.row("cold, CPU", "ms", full, "cpu", 1000)
    yield report.row("memory at its peak", "MiB", full, "peak", 1 / 1024)
    yield report.row("modules", "", full, "modules")
    with limits.limited(cold.CORE) as limit:
        if limit is not None:
            how, within = limit
            part = cold.measure(field.python, field.trees, rounds // 2, within=within)
            yield report.row(f"cold, {how} {cold.CORE}", "ms", part, "wall", 1000)
    calling = {name: tree for name, tree in field.trees.items() if name != "bare"}
    tls = cold.measure(field.python, calling, rounds, tls=True)
    yield report.row("cold over TLS, wall", "ms", tls, "wall", 1000)
    yield report.row("cold over TLS, CPU", "ms", tls, "cpu", 1000)
    calls = warm.measure(field.python, calling, rounds // 2)
    yield report.row("warm call, CPU", "ms", calls, "cpu", 1000)
    if counted := instructions.cold(field.python, field.trees):
        yield report.counted("cold, instructions", "1e6", counted)
    if counted := instructions.warm(field.python, calling):
        yield report.counted("warm call, instructions", "1e6", counted)
    yield report.counted("zip", "MiB", {name: _zipped(field, name) for name in field.trees})


def growth(field: Field, calls: int) -> dict[str, Any]:
    """Measure what has no peer: CPU seconds by size, KiB by calls."""
    ours = field.trees["ours"]
    return {
        "batches": scale.batches(field.python, ours),
        "bodies": scale.bodies(field.python, ours),
        "memory": scale.memory(field.python, ours, calls),
    }


def told(found: dict[str, Any]) -> str:
    """Say how it grows."""
    each = (f"{1e3 * cpu / size:.2f} of {size:,}" for size, cpu in found["batches"].items())
    call = (f"{1e3 * cpu:.2f} of {size:,} bytes" for size, cpu in found["bodies"].items())
    memory = found["memory"]
    least, most = (f"{limit(memory.values()):,}" for limit in (min, max))
    return (
        f"an event of a batch, CPU ms: {', '.join(each)}\n"
        f"a call, CPU ms: {', '.join(call)}\n"
        f"memory: {least} to {most} KiB in {max(memory):,} calls"
    )


def _zipped(field: Field, name: str) -> float:
    if name == "ours":
        return field.zipped.stat().st_size / 2**20
    with tempfile.TemporaryDirectory() as folder:
        made = shutil.make_archive(str(Path(folder, name)), "zip", field.trees[name])
        return Path(made).stat().st_size / 2**20


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="All figures of the function and its peers.")
    parser.add_argument("--runtime", nargs="+", default=list(TARGETS), choices=TARGETS)
    parser.add_argument("--rounds", type=int, default=31, help="of cold starts; of others half")
    parser.add_argument("--calls", type=int, default=10_000, help="over which memory is watched")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    given = parser.parse_args()
    if given.rounds < 4 or given.calls < 50:
        parser.error("--rounds must be at least 4, --calls at least 50")
    figures = {}
    for runtime in given.runtime:
        try:
            field = contestants.gather(runtime)
        except PackageError as error:
            parser.error(str(error))
        print(f"{runtime}: medians, and ratios pair by pair with their quartiles")
        measured = []
        for row in rows(field, given.rounds):
            print(row, flush=True)
            measured.append(asdict(row))
        grown = growth(field, given.calls)
        print(told(grown), flush=True)
        figures[runtime] = {"rows": measured, **grown}
    given.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
