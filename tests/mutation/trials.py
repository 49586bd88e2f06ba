"""Trials of changes inside one session of pytest: each in a fork, over tests collected once."""

from __future__ import annotations

import functools
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.mutation.changes import Change

MEMORY = 8 << 30
SECONDS = 12.0  # of tests for one change; the likeliest to notice it come first
SURVIVED, KILLED, UNTRIED = range(3)


class Recorded(NamedTuple):
    """What one test took, and the lines of src that it ran."""

    seconds: float
    lines: dict[str, set[int]]


def fork(work: Callable[[], int], seconds: float) -> int:
    """Return what some work returns in a process of its own.

    KILLED if a signal ended it, and UNTRIED if it raised: that says nothing about the tests.
    """
    child = os.fork()
    if child == 0:
        status = UNTRIED
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            status = work()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return KILLED if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def record(session: pytest.Session, path: Path) -> None:
    """Write which lines each test runs; caches are emptied before each, since they hide lines."""

    def work() -> int:
        measured = coverage.Coverage(data_file=None, source=["src"], config_file=False)
        measured.start()
        seconds: dict[str, float] = {}
        failed: list[str] = []
        for item in session.items:
            _empty_caches()
            measured.switch_context(item.nodeid)
            started = time.perf_counter()
            if run(session, [item]) == KILLED:
                failed.append(item.nodeid)
                session.testsfailed = 0
            seconds[item.nodeid] = time.perf_counter() - started
        measured.stop()
        data = measured.get_data()
        lines: Any = defaultdict(lambda: defaultdict(list))
        for file in data.measured_files():
            for line, tests in data.contexts_by_lineno(file).items():
                for test in filter(None, tests):
                    lines[test][file].append(line)
        path.write_text(
            json.dumps({t: (s, lines[t]) for t, s in seconds.items() if t not in failed})
        )
        return SURVIVED

    fork(work, 1800)


def run(session: pytest.Session, items: Sequence[pytest.Item]) -> int:
    """Run tests until one fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return KILLED
    return SURVIVED


def chosen(change: Change, tests: dict[str, Recorded], src: Path) -> list[str]:
    """Return the tests that run the changed function, those of the changed statement first.

    Of a change outside of functions, those that run anything of its module.
    """
    file = str(src / change.file)
    hits = {
        name: test.lines.get(file, set()) & set(change.lines)
        for name, test in tests.items()
        if not change.lines or test.lines.get(file)
    }
    module = f"test_{Path(change.file).stem}"
    names = sorted(
        (name for name, hit in hits.items() if hit or not change.lines),
        key=lambda name: (
            not hits[name] & set(change.statement),
            module not in name,
            tests[name].seconds,
        ),
    )
    seconds = 0.0
    for number, name in enumerate(names):
        seconds += tests[name].seconds
        if seconds > SECONDS:
            return names[: number + 1]
    return names


def apply(change: Change) -> None:
    """Put the changed code in place of the function's; whoever holds the function sees it."""
    name = change.file.removesuffix(".py").replace("/", ".")
    holder: Any = importlib.import_module(name)
    *path, last = change.function.split(".")
    for part in path:
        holder = getattr(holder, part)
    function = vars(holder)[last]
    while not isinstance(function, FunctionType):
        function = next(
            inner
            for inner in (getattr(function, n, None) for n in ("fget", "__func__", "__wrapped__"))
            if inner
        )
    changed = _code(compile(change.source, function.__code__.co_filename, "exec"), change.function)
    function.__code__ = changed


def _code(module: CodeType, name: str) -> CodeType:
    for part in name.split("."):
        module = next(c for c in module.co_consts if isinstance(c, CodeType) and c.co_name == part)
    return module


def _empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("create_group_id.") or name == "index":
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()


class Trials:
    """The plugin that runs changes instead of the tests."""

    def __init__(self, changes: Iterable[Change], results: Path, recorded: Path | None) -> None:
        self._changes, self._results, self._recorded = changes, results, recorded

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Record the tests, or try each change and write a line for it."""
        if self._recorded is None:
            record(session, self._results)
            return True
        tests = load(self._recorded)
        items = {item.nodeid: item for item in session.items}
        src = session.config.rootpath / "src"
        with self._results.open("a") as results:
            for change in self._changes:
                names = [name for name in chosen(change, tests, src) if name in items]
                trial = functools.partial(_try, session, change, [items[n] for n in names])
                status = fork(trial, 5 + 4 * sum(tests[n].seconds for n in names))
                print(json.dumps([change.digest, status]), file=results, flush=True)
        return True


def _try(session: pytest.Session, change: Change, items: list[pytest.Item]) -> int:
    if not change.function or not items:
        return UNTRIED
    try:
        apply(change)
    except ValueError:  # of other variables of the functions around it
        return UNTRIED
    return run(session, items)


def load(path: Path) -> dict[str, Recorded]:
    """Read what `record` wrote."""
    return {
        name: Recorded(seconds, {file: set(lines) for file, lines in files.items()})
        for name, (seconds, files) in json.loads(path.read_text()).items()
    }
