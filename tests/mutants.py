"""Changes to src that a test must notice: `python tests/mutants.py`.

Each entry of tests/mutants/*.txt names a file of src (`@`), a text that occurs in it once (`-`),
its replacement (`+`), and the test of tests/function that must fail then (`=`). Each change is made
in a copy of src, where only that test runs. The exit status is 1 if a test passes despite the
change, or did not run.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

# Load once, before the processes fork, what every test imports; but not the code that is changed.
import click.testing  # noqa: F401
import hypothesis  # noqa: F401
import jsonschema  # noqa: F401
import pytest
import requests  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
GREEN, RED = 0, 1  # pytest's exit codes; any other means that no test ran


class Mutant(NamedTuple):
    file: str
    old: str
    new: str
    test: str


def read(text: str) -> Iterator[Mutant]:
    """Yield the entries of one file of changes; raise ValueError for a line out of order."""
    file = old = new = ""
    for number, line in enumerate(text.splitlines(), 1):
        sign, _, rest = line.partition(" ")
        if sign == "@":
            file = rest
        elif sign == "-":
            old = rest
        elif sign == "+":
            new = rest
        elif sign == "=" and file and old:
            yield Mutant(file, old, new, f"tests/function/{rest}")
            old = new = ""
        elif line:
            raise ValueError(f"line {number}: does not belong to an entry")


def run(src: Path, tests: list[str]) -> tuple[int, str]:
    """Run tests against a copy of src; return pytest's exit code and its output."""
    printed = io.StringIO()
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-x", "--tb=line"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # they are loaded above
    paths = ["-o", f"pythonpath={src} {ROOT}", "--rootdir", str(ROOT)]
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = pytest.main([*options, *paths, *tests])
    return int(code), printed.getvalue()


def problem_of(mutant: Mutant) -> str:
    """Return why a mutant was not noticed, or nothing if its test failed."""
    with tempfile.TemporaryDirectory() as folder:
        src = Path(folder, "src")
        shutil.copytree(ROOT / "src", src)
        path = src / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.old) != 1:
            return f"occurs {text.count(mutant.old)} times, not once"
        path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        code, printed = run(src, [mutant.test])
    if code == GREEN:
        return "survived"
    return "" if code == RED else f"no test ran: {printed.strip()[-300:]}"


def main() -> int:
    mutants = [
        mutant
        for path in sorted((ROOT / "tests/mutants").glob("*.txt"))
        for mutant in read(path.read_text(encoding="utf-8"))
    ]
    # A process each: modules are imported once only.
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        tests = sorted({mutant.test for mutant in mutants})
        unchanged = pool.apply_async(run, (ROOT / "src", tests))
        wrong = 0
        for mutant, problem in zip(mutants, pool.imap(problem_of, mutants), strict=True):
            wrong += bool(problem)
            change = f"{mutant.old.strip()} -> {mutant.new.strip()}"
            print(f"{problem or 'noticed':<10} {mutant.file:<38} {change}")  # noqa: T201 - the table
        code, printed = unchanged.get()
    if code != GREEN:
        print(f"without any change the tests fail:\n{printed}")  # noqa: T201 - likewise
    print(f"{len(mutants)} changes, {wrong} not noticed")  # noqa: T201 - likewise
    return int(wrong > 0 or code != GREEN)


if __name__ == "__main__":
    sys.exit(main())
