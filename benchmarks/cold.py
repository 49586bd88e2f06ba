"""Cold starts: `python benchmarks/cold.py [--runtime NAME] [--rounds N] [--beside ZIP] ...`.

A cold start lasts from the start of a new process to its first envelope, with a real connection to
the stub in another process. The subjects take turns, each round in another order.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from zipfile import BadZipFile

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import events, instance, limits, subjects, upstream
from benchmarks.ratios import compare
from create_group_id_tools.packaging.tree import TARGETS, PackageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.instance import Sample

CORE = 0.35  # as template.yml sets it


def measure(
    python: str,
    trees: Mapping[str, Path],
    rounds: int,
    *,
    within: Sequence[str] = (),
    tls: bool = False,
) -> dict[str, list[Sample]]:
    """Return each subject's samples, round by round. An extra first round fills the caches."""
    samples: dict[str, list[Sample]] = {name: [] for name in trees}
    order = list(trees)
    with ExitStack() as stack:
        url = stack.enter_context(upstream.running())
        entry, trusted = url, None
        if tls:
            entry, trusted = stack.enter_context(upstream.behind_tls(url, trees.values()))
        for number in range(-1, rounds):
            for name in order:
                upstream.reset(url)
                sent = [events.request(0)]
                sample = instance.run(python, trees[name], entry, sent, within, trusted)
                if number >= 0:
                    samples[name].append(sample)
            order.append(order.pop(0))
    return samples


def table(samples: Mapping[str, Sequence[Sample]]) -> str:
    """Format the medians, and the ratios of ours to each other subject with their quartiles."""
    lines = [f"{'':12}{'wall ms':>9}{'CPU ms':>9}{'peak MiB':>10}{'modules':>9}"]
    for name, rounds in samples.items():
        wall, cpu, peak, modules = (
            median(getattr(sample, part) for sample in rounds)
            for part in ("wall", "cpu", "peak", "modules")
        )
        lines.append(
            f"{name:12}{wall * 1000:9.1f}{cpu * 1000:9.1f}{peak / 1024:10.1f}{modules:9.0f}"
        )
    for name in samples:
        if name != "ours":
            ratios = (
                f"{part} {compare(samples['ours'], samples[name], part)}"
                for part in ("wall", "cpu", "peak")
            )
            lines.append(f"ours to {name}: {', '.join(ratios)}")
    return "\n".join(lines)


def main() -> None:
    """Measure one runtime and print the table."""
    parser = argparse.ArgumentParser(
        description="Measure cold starts of the function and its baselines."
    )
    parser.add_argument("--runtime", default="python3.10", choices=TARGETS)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--beside", type=Path, metavar="ZIP", help="also measure another zip")
    parser.add_argument("--tls", action="store_true", help="call the stub over TLS")
    parser.add_argument("--limited", action="store_true", help=f"on {CORE} of a core")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds must be at least 2")
    try:
        measured = subjects.prepare(options.runtime)
        trees = dict(measured.trees)
        if options.beside:
            trees["other"] = subjects.unpack(options.beside, subjects.FOLDER / options.runtime)
    except PackageError as error:
        parser.error(str(error))
    except (OSError, BadZipFile):
        parser.error(f"--beside {options.beside}: is not a zip file")
    print(
        f"{measured.runtime}, {options.rounds} rounds; the quartiles of the ratios are in brackets"
    )
    with limits.limited(CORE if options.limited else None) as limit:
        if limit is None:
            raise SystemExit("--limited needs a writable cgroup or the command cpulimit")
        print(
            table(measure(measured.python, trees, options.rounds, within=limit[1], tls=options.tls))
        )


if __name__ == "__main__":
    main()
