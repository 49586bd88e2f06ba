"""Measure the cost of each package: `python benchmarks/costs.py [--runtime NAME]`.

The first table is the import time of each package in a cold start, by -X importtime. It uses the
shortest of fifteen times of each module, so that other load has little effect. The second table is
the share of each package in the Python code of a warm call, by cProfile. cProfile makes calls
slower: read the shares, not the times.
"""

from __future__ import annotations

import argparse
import marshal
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import events, instance, subjects, upstream
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from benchmarks.subjects import Subjects

RUNS, CALLS = 15, 1000
_LINE = re.compile(r"import time: +(\d+) \| +\d+ \| +(\S+)")
_PROFILED = """
import cProfile, sys
sys.path[:0] = sys.argv[1:3]
from benchmarks import driver
profile = cProfile.Profile()
profile.runcall(driver.main)
profile.dump_stats(sys.argv[3])
"""


def imports(measured: Subjects) -> Counter[str]:
    """Return the microseconds that importing `index` takes, by package."""
    tree = measured.trees["ours"]
    code = f"import sys; sys.path.insert(0, {str(tree)!r}); import index"
    least: dict[str, int] = {}
    for _ in range(RUNS):
        command = [measured.python, *instance.OPTIONS, "-X", "importtime", "-c", code]
        completed = subprocess.run(command, check=True, capture_output=True, text=True, env={})
        for own, module in _LINE.findall(completed.stderr):
            least[module] = min(int(own), least.get(module, int(own)))
    shipped = {path.stem for path in tree.iterdir()}
    costs: Counter[str] = Counter()
    for module, microseconds in least.items():
        package = module.partition(".")[0]
        costs[package if package in shipped else "standard library"] += microseconds
    return costs


def call(measured: Subjects) -> Counter[str]:
    """Return the microseconds of each package's own Python code in warm calls, as profiled."""
    tree = measured.trees["ours"]
    with upstream.running() as url, tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder, "script.py"), Path(folder, "profile")
        script.write_text(_PROFILED)
        subprocess.run(
            [measured.python, *instance.OPTIONS, str(script), str(tree), str(ROOT), str(file)],
            check=True,
            env=instance.environment(url),
            input=b"".join(events.request(number) for number in range(CALLS)),
            stdout=subprocess.DEVNULL,
        )
        # As cProfile writes it; pstats gives no public way to a function's own time.
        profile = marshal.loads(file.read_bytes())  # noqa: S302 - written a moment ago
    costs: Counter[str] = Counter()
    for (path, _, _), (_, _, own, _, _) in profile.items():
        # Functions without a file are built in, and mostly wait for the socket. The driver reads
        # figures.
        if path != "~" and Path(path).name != "driver.py":
            inside = Path(path).is_relative_to(tree)
            package = Path(path).relative_to(tree).parts[0] if inside else "standard library"
            costs[package.removesuffix(".py")] += round(own * 1e6)
    return costs


def main() -> None:
    """Measure one runtime and print both tables."""
    parser = argparse.ArgumentParser(description="Measure the cost of each package.")
    parser.add_argument("--runtime", default="python3.10", choices=TARGETS)
    try:
        measured = subjects.prepare(parser.parse_args().runtime)
    except PackageError as error:
        parser.error(str(error))
    for title, costs, unit in (
        ("import of index", imports(measured), 1000),
        (f"{CALLS} warm calls, profiled", call(measured), 1000),
    ):
        print(f"{measured.runtime}, {title}: {costs.total() / unit:.0f} ms")
        for name, cost in costs.most_common():
            print(f"  {name:26}{cost / unit:9.1f} ms{100 * cost / costs.total():7.1f} %")


if __name__ == "__main__":
    main()
