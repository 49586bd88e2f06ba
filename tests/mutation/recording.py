"""Which lines of src each test runs, and which tests are likely to notice a change."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import sys
import time
from collections import Counter, defaultdict
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import coverage

from tests.mutation import changes, forks

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from tests.mutation.changes import Change
    from tests.mutation.results import Killers

ROOT, SRC = changes.ROOT, changes.SRC
TESTS = (
    "tests/function",
    "tests/corpora",
    "tests/differential",
    "tests/package/test_patterns.py",
    "tests/package/test_roots.py",
)


class Test(NamedTuple):
    """The CPU seconds that a test took, the lines of src that it ran, and a digest of its file."""

    seconds: float
    lines: dict[str, list[int]]
    digest: str


class Recording(NamedTuple):
    """Every test by its name; `imported` are the lines of src that run while it is imported.

    `base` is a digest of all that the tests share: src, the stub, the helpers of the tests.
    """

    base: str
    imported: dict[str, list[int]]
    tests: dict[str, Test]

    @property
    def digest(self) -> str:
        """Return what is the same as long as no test and nothing that it runs was edited."""
        return _digest([self.base, *sorted({test.digest for test in self.tests.values()})])


def load(path: Path) -> Recording:
    """Read what `record` wrote."""
    base, imported, tests = json.loads(path.read_text())
    return Recording(base, imported, {name: Test(*test) for name, test in tests.items()})


def record(session: pytest.Session, path: Path) -> None:
    """Write what each test runs, again only for files of tests that were edited."""
    known = load(path) if path.exists() else Recording("", {}, {})
    base = _base()
    if known.base != base:
        known = Recording(base, _imported(), {})
    digests = {item.path: _file(item.path) for item in session.items}
    kept = {
        item.nodeid: known.tests[item.nodeid]
        for item in session.items
        if item.nodeid in known.tests and known.tests[item.nodeid].digest == digests[item.path]
    }
    measured = coverage.Coverage(data_file=None, source=["src"], config_file=False)
    measured.start()
    seconds: dict[str, tuple[float, str]] = {}
    for item in session.items:
        if item.nodeid in kept:
            continue
        empty_caches()  # they hide lines
        measured.switch_context(item.nodeid)
        started = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        if session.testsfailed:
            session.testsfailed = 0
        else:
            seconds[item.nodeid] = time.process_time() - started, digests[item.path]
    measured.stop()
    data = measured.get_data()
    lines: Any = defaultdict(lambda: defaultdict(list))
    for file in data.measured_files():
        for line, names in data.contexts_by_lineno(file).items():
            for name in names:
                lines[name][_name(file)].append(line)
    tests = kept | {
        name: Test(took, lines[name], digest) for name, (took, digest) in seconds.items()
    }
    path.write_text(json.dumps([base, known.imported, tests]))


def chosen(change: Change, recording: Recording, killers: Killers, seconds: float) -> list[str]:
    """Return the tests that run the changed function, the likeliest to notice first.

    Of a change outside of functions, those that run anything of its module. Those that run the
    changed statement come before the others; before both come those that noticed most changes of
    the same place. Then the quickest come first, where the second case of a test counts twice its
    time, the third three times, and less if other cases of the test noticed changes of the module.
    All take no more than `seconds`.
    """
    best = killers.by_place(change)
    statement, lines = set(change.statement), set(change.lines)
    order = {
        name: (-best[name], statement.isdisjoint(test.lines[change.file]), test.seconds)
        for name, test in recording.tests.items()
        if change.file in test.lines and not (lines and lines.isdisjoint(test.lines[change.file]))
    }
    cases: Counter[str] = Counter()
    rank = {}
    for name in sorted(order, key=order.__getitem__):
        test = name.partition("[")[0]
        rank[name] = cases[test] // (1 + killers.by_file[change.file][test])
        cases[test] += 1
    names = sorted(order, key=lambda name: (*order[name][:2], (1 + rank[name]) * order[name][2]))
    total = accumulate(recording.tests[name].seconds for name in names)
    return [name for name, so_far in zip(names, total, strict=True) if so_far <= seconds]


def empty_caches() -> None:
    """Empty the caches of src's functions."""
    for name, module in list(sys.modules.items()):
        if name.startswith("create_group_id.") or name == "index":
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


def _imported() -> dict[str, list[int]]:
    """Return the lines that run while src is imported."""

    def work(note: forks.Note) -> int:
        for name in [n for n in sys.modules if n.partition(".")[0] in ("create_group_id", "index")]:
            del sys.modules[name]
        measured = coverage.Coverage(data_file=None, source=["src"], config_file=False)
        measured.start()
        for path in sorted(SRC.rglob("*.py")):
            importlib.import_module(changes.module(str(path.relative_to(SRC))))
        measured.stop()
        data = measured.get_data()
        note(json.dumps({_name(f): data.lines(f) for f in data.measured_files()}))
        return 0

    lines: dict[str, list[int]] = json.loads(forks.fork(work, 60).note)
    return lines


def _name(file: str) -> str:
    return str(Path(file).relative_to(SRC))


def _base() -> str:
    folders = [ROOT / "src", ROOT / "stub", ROOT / "events"]
    paths = chain(*(folder.rglob("*.*") for folder in folders), (ROOT / "tests").glob("*.py"))
    return _digest(_file(path) for path in sorted(paths) if path.suffix != ".pyc")


def _file(path: Path) -> str:
    return _digest([path.read_text(encoding="utf-8", errors="replace")]) if path.is_file() else ""


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
