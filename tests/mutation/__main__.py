"""Change src in every way that mutmut knows: `python -m tests.mutation [FILE ...]`.

Each change must turn a test red, or stand in survivors.txt with the reason why none can. FILE is
one of src. Results are kept in build/mutation, so that only changes to what was edited since are
tried again; a survivor always is. The exit status is 1 where a survivor is not listed, or where
fewer than 97 % were killed.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

# What every test imports, but the code that is changed: loaded once, before the processes fork.
import click.testing  # noqa: F401
import hypothesis  # noqa: F401
import jsonschema  # noqa: F401
import pytest
import requests  # noqa: F401

from tests.mutation import changes, trials

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.mutation.changes import Change

BUILD = changes.ROOT / "build/mutation"
RECORDED = BUILD / "tests.json"
RESULTS = BUILD / "results.jsonl"
SURVIVORS = Path(__file__).with_name("survivors.txt")
WORKERS = 2
WANTED = 0.97
SUITE = ("tests/function", "tests/corpora", "tests/differential")
OPTIONS = ["-x", "-s", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
OPTIONS += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # what is loaded above


def in_session(plugin: trials.Trials) -> None:
    """Collect the function's tests, and leave them to the plugin."""
    process = multiprocessing.get_context("fork").Process(
        target=pytest.main, args=([*OPTIONS, *SUITE],), kwargs={"plugins": [plugin]}
    )
    process.start()
    process.join()


def try_swapped(pending: Sequence[Change]) -> None:
    """Try changes by swapping the code of functions, in a session for each worker."""
    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(
            target=in_session, args=(trials.Trials(pending[n::WORKERS], RESULTS, RECORDED),)
        )
        for n in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def try_copied(change: Change) -> tuple[str, int]:
    """Try a change in a copy of src that is imported anew."""
    tests = trials.load(RECORDED)
    names = trials.chosen(change, tests, changes.SRC)
    own = [name for name in names if f"/test_{Path(change.file).stem}" in name]
    for some in filter(None, (own, [name for name in names if name not in own])):
        limit = 20 + 4 * sum(tests[name].seconds for name in some)
        if trials.fork(functools.partial(_in_copy, change, some), limit) == trials.KILLED:
            return change.digest, trials.KILLED
    return change.digest, trials.SURVIVED


def _in_copy(change: Change, tests: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        src = Path(folder, "src")
        shutil.copytree(changes.SRC, src)
        (src / change.file).write_text(change.source, encoding="utf-8")
        paths = ["-o", f"pythonpath={src} stub .", "--rootdir", str(changes.ROOT)]
        code = pytest.main([*OPTIONS, *paths, *tests])
    passed = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    return trials.SURVIVED if code in passed else trials.KILLED


def results() -> dict[str, int]:
    """Read the last result of each change."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return dict(json.loads(line) for line in lines)


def listed() -> dict[str, str]:
    """Read the survivors that no test can notice: two lines each, the change and the reason."""
    lines = [line for line in SURVIVORS.read_text().splitlines() if line and line[0] != "#"]
    return dict(zip(lines[::2], lines[1::2], strict=True))


def try_all(wanted: Sequence[Change]) -> None:
    """Try the changes that have no result yet, or survived."""
    in_session(trials.Trials([], RECORDED, None))
    known = results()
    pending = [c for c in wanted if known.get(c.digest) != trials.KILLED]
    try_swapped(pending)
    known = results()
    rest = [change for change in pending if known[change.digest] == trials.UNTRIED]
    unchanged = [changes.unchanged(file) for file in sorted({change.file for change in rest})]
    with (
        multiprocessing.get_context("fork").Pool(WORKERS) as pool,
        RESULTS.open("a", encoding="utf-8") as file,
    ):
        for control, (_, status) in zip(unchanged, pool.imap(try_copied, unchanged), strict=True):
            if status == trials.KILLED:
                sys.exit(f"{control.file}: its tests fail without any change")
        for result in pool.imap_unordered(try_copied, rest):
            print(json.dumps(result), file=file, flush=True)


def report(wanted: Iterable[Change], known: dict[str, int], reasons: dict[str, str]) -> int:
    """Print what survived and the rates of each file; return the exit status."""
    wanted = list(wanted)
    survivors = [c for c in wanted if known[c.digest] != trials.KILLED]
    unlisted = [change for change in survivors if change.key not in reasons]
    made, left = Counter(c.file for c in wanted), Counter(c.file for c in survivors)
    for file in made:
        print(f"{file:<40} {made[file]:>5} changes {left[file]:>4} survived")
    for change in unlisted:
        print(f"SURVIVED {change.key}")
    killed = 1 - len(survivors) / len(wanted)
    print(
        f"{len(wanted)} changes, {killed:.1%} killed,"
        f" {len(survivors)} survived, {len(unlisted)} of them not listed"
    )
    return int(bool(unlisted) or killed < WANTED)


def main(files: list[str]) -> int:
    BUILD.mkdir(parents=True, exist_ok=True)
    files = files or sorted(str(p.relative_to(changes.SRC)) for p in changes.SRC.rglob("*.py"))
    wanted = [change for file in files for change in changes.of(file)]
    try_all(wanted)
    return report(wanted, results(), listed())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
