"""Trials of changes: in a session of pytest that has collected the tests, or in one of their own.

A change within a function is tried in a fork of one session, by the function's code. Any other, or
one of a function that src calls while it is imported, is tried in a new session, which imports src
and the tests again.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from tests.mutation import changes, recording
from tests.mutation.forks import KILLED, SURVIVED, UNTRIED, Outcome, fork, limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutation.changes import Change
    from tests.mutation.forks import Note
    from tests.mutation.recording import Recording

SECONDS = 10.0  # of the CPU, before the first test starts
OPTIONS = ["-x", "-s", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
OPTIONS += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # what is loaded above


def in_session(
    session: pytest.Session, change: Change, names: Sequence[str], known: Recording
) -> Outcome:
    """Try a change by the code of its function; UNTRIED where that cannot show it.

    A test counts as failed if it passes without the change right afterwards.
    """
    if not change.function or set(change.lines) & set(known.imported.get(change.file, ())):
        return Outcome(UNTRIED, "")
    items = _items(session)
    while True:
        trial = functools.partial(_run, session, change, [items[name] for name in names], known)
        outcome = fork(trial, SECONDS)
        if outcome.status != KILLED or not outcome.note or _passes(session, outcome.note, known):
            return outcome
        names = [name for name in names if name != outcome.note]


@functools.cache
def _items(session: pytest.Session) -> dict[str, pytest.Item]:
    return {item.nodeid: item for item in session.items}


def _passes(session: pytest.Session, name: str, known: Recording) -> bool:
    control = functools.partial(_run, session, None, [_items(session)[name]], known)
    return fork(control, SECONDS).status == SURVIVED


def _run(
    session: pytest.Session,
    change: Change | None,
    items: Sequence[pytest.Item],
    known: Recording,
    note: Note,
) -> int:
    recording.empty_caches()
    if change:
        try:
            _apply(change)
        except ValueError:  # of other variables of the functions around it
            return UNTRIED
    for item, following in zip(items, [*items[1:], None], strict=True):
        note(item.nodeid)
        limit(seconds(item.nodeid, known))
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return KILLED
    return SURVIVED


def _apply(change: Change) -> None:
    """Put the changed code in place of the function's; whoever holds the function runs it."""
    holder: Any = importlib.import_module(changes.module(change.file))
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
    changed = compile(change.source, function.__code__.co_filename, "exec")
    for part in change.function.split("."):
        constants = (c for c in changed.co_consts if isinstance(c, CodeType))
        changed = next(constant for constant in constants if constant.co_name == part)
    function.__code__ = changed


def in_new_session(change: Change, names: Sequence[str], known: Recording) -> Outcome:
    """Try a change in a session of its own, which imports the changed module."""
    for part in (names[:4], names[4:]):
        outcome = fork(functools.partial(_session, change, part, known), SECONDS)
        if outcome.status != SURVIVED:
            break
    return outcome


def passes_in_new_session(name: str, known: Recording) -> bool:
    """Return whether a test passes in such a session without a change."""
    return fork(functools.partial(_session, None, [name], known), SECONDS).status == SURVIVED


def _session(change: Change | None, names: Sequence[str], known: Recording, note: Note) -> int:
    if not names:
        return SURVIVED
    if change:
        sys.meta_path.insert(0, _Finder(change))
    code = pytest.main([*OPTIONS, *names], plugins=[_Each(known, note)])
    return SURVIVED if code == pytest.ExitCode.OK else KILLED


class _Each:
    """The plugin that notes and limits each test."""

    def __init__(self, known: Recording, note: Note) -> None:
        self._known, self._note = known, note

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Start a test's term."""
        self._note(nodeid)
        limit(seconds(nodeid, self._known))


class _Finder(MetaPathFinder):
    """Finds the changed module instead of the one in its file."""

    def __init__(self, change: Change) -> None:
        self._name, self._change = changes.module(change.file), change

    def find_spec(self, fullname: str, _path: Any, _target: Any = None) -> ModuleSpec | None:
        """Return where the changed module is loaded from."""
        if fullname != self._name:
            return None
        path = str(changes.SRC / self._change.file)
        loader = _Loader(fullname, path, self._change.source)
        return importlib.util.spec_from_file_location(fullname, path, loader=loader)


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, source: str) -> None:
        super().__init__(fullname, path)
        self._source = source

    def get_code(self, _fullname: str) -> CodeType:
        """Compile the changed source, not what byte code is cached."""
        return InspectLoader.source_to_code(self._source, self.path)


def seconds(name: str, known: Recording) -> float:
    """Return the CPU seconds that a test may use."""
    return 1 + 5 * known.tests[name].seconds
