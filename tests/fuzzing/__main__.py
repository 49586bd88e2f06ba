"""`python -m tests.fuzzing`: fuzz all targets, fuzz one, or run one input again. See `--help`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzzing import plain
from tests.fuzzing.targets import TARGETS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "fuzz"
_STATUS_FINDING = 3
_AFTER_A_FINDING = """
A finding: {file}
  run it again: make fuzz REPLAY={file}
  make it small: make fuzz REPLAY={file} MINIMISE=1
Then mend what it shows, and keep it as a test."""


def main(arguments: list[str]) -> int:
    """Run one command; return the exit status: 3 where there is a finding."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="altogether, on all processors")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one input again")
    parser.add_argument("--minimise", action="store_true", help="make the replayed input small")
    parser.add_argument("--plain", type=int, metavar="N", help="N inputs each, without a guide")
    parser.add_argument("--seed", type=int, default=0, help="of the inputs without a guide")
    parser.add_argument("--guided", choices=TARGETS, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    names = given.target or list(TARGETS)
    if given.guided:
        from tests.fuzzing import guided  # noqa: PLC0415 - needs atheris, which the other commands do not

        guided.fuzz(given.guided, given.seconds, FOLDER / given.guided)
    if given.replay:
        return _replay(given.replay, names, minimise=given.minimise)
    if given.plain:
        for name in names:
            counts = plain.run(name, given.plain, FOLDER / name, given.seed)
            print(name, json.dumps(counts), flush=True)
        return 0
    return _all(names, given.seconds, given.jobs)


def _all(names: list[str], seconds: float, jobs: int) -> int:
    """Fuzz each target for its share of the seconds, some at a time; print the counts."""
    jobs = min(jobs, len(names))
    share, waiting = seconds * jobs / len(names), list(names)
    running: list[tuple[str, subprocess.Popen[bytes]]] = []
    status = 0
    while waiting or running:
        while waiting and len(running) < jobs:
            name = waiting.pop(0)
            running.append((name, _start(name, share)))
        for entry in running:
            name, process = entry
            if process.poll() is not None:
                running.remove(entry)
                if process.returncode:
                    status = _STATUS_FINDING
                    _explain(name)
                break
        else:
            time.sleep(0.2)
    _print(names)
    return status


def _start(name: str, seconds: float) -> subprocess.Popen[bytes]:
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "counts.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.fuzzing", "--guided", name, "--seconds", str(seconds)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def _explain(name: str) -> None:
    folder = FOLDER / name
    print("".join((folder / "log").read_text(errors="replace").splitlines(keepends=True)[-40:]))
    for pattern in ("crash-*", "timeout-*", "oom-*"):
        for file in folder.glob(pattern):
            print(_AFTER_A_FINDING.format(file=file.relative_to(ROOT)))


def _print(names: list[str]) -> None:
    total = 0
    for name in names:
        file = FOLDER / name / "counts.json"
        if not file.exists():
            print(f"{name}: no inputs; see {file.with_name('log').relative_to(ROOT)}")
            continue
        report = json.loads(file.read_text())
        count = sum(report["counts"].values())
        total += count
        print(f"{name}: {count:,} inputs, {count / report['seconds']:,.0f} per second")
        for outcome, times in sorted(report["counts"].items(), key=lambda item: -item[1]):
            print(f"  {times:>9,}  {outcome}")
    print(f"altogether: {total:,} inputs")


def _replay(file: Path, names: list[str], *, minimise: bool) -> int:
    name = names[0] if len(names) == 1 else file.resolve().parent.name
    target = importlib.import_module(f"tests.fuzzing.targets.{name}")
    data = file.read_bytes()
    if minimise:
        data = plain.minimised(target, data)
        file = file.with_name(f"small-{file.name}")
        file.write_bytes(data)
        print(f"{len(data)} bytes in {file}:\n{data!r}")
    print(target.run(data))
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "stub")]
    sys.exit(main(sys.argv[1:]))
