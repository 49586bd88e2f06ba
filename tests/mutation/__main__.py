"""Change src in every way that mutmut knows: `python -m tests.mutation [FILE ...]`.

At least one test must fail after each change, or survivors.txt must say why none can. FILE is one
of src. The results are written to build/mutation one by one, so that a run that was stopped can
go on, and a second run tries only what was edited since. The exit status is 1 if a survivor is not
listed, if a listed one was killed or is no longer a change, if a change was not tried, or if fewer
than 97 % were killed.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

# What every test imports, but the code that is changed: loaded once, before the processes fork.
import click
import click.testing
import hypothesis  # noqa: F401
import jsonschema  # noqa: F401
import pytest
import requests  # noqa: F401

from tests.mutation import changes, recording, results, trials
from tests.mutation.forks import KILLED, SURVIVED, UNTRIED, Outcome, fork
from tests.mutation.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.mutation.changes import Change
    from tests.mutation.forks import Note
    from tests.mutation.recording import Recording

BUILD = changes.ROOT / "build/mutation"
MADE, RECORDED, RESULTS = BUILD / "changes", BUILD / "tests.json", BUILD / "results.jsonl"
SURVIVORS = Path(__file__).with_name("survivors.txt")
CONTEXT = multiprocessing.get_context("fork")


class Session:
    """The plugin of a session that tries changes instead of running the tests."""

    def __init__(self, wanted: Sequence[Change], workers: int, seconds: float) -> None:
        self._wanted, self._workers, self._seconds = wanted, workers, seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Record the tests, then try each change that has no result yet."""

        def record(_note: Note) -> int:
            recording.record(session, RECORDED)
            return SURVIVED

        fork(record, 1800)
        known = recording.load(RECORDED)
        finished = results.read(RESULTS, known, self._seconds)
        pending = [change for change in self._wanted if change.digest not in finished]

        def attempt(change: Change, names: Sequence[str]) -> Outcome:
            return trials.in_session(session, change, names, known)

        in_processes(self._workers, self._seconds, pending, attempt, known)
        return True


def try_in_new_sessions(wanted: Sequence[Change], workers: int, seconds: float) -> None:
    """Try the changes that could not be tried in a session of them all."""
    known = recording.load(RECORDED)
    finished = results.read(RESULTS, known, seconds)
    pending = [c for c in wanted if c.digest in finished and finished[c.digest].status == UNTRIED]

    @cache
    def passes(name: str) -> bool:
        return trials.passes_in_new_session(name, known)

    def attempt(change: Change, names: Sequence[str]) -> Outcome:
        outcome = trials.in_new_session(change, names, known)
        # Without a note the session ended before a test: the change broke the import, or there is
        # no such test.
        while outcome.status == KILLED and not passes(failed := outcome.note or names[0]):
            names = [name for name in names if name != failed]
            outcome = trials.in_new_session(change, names, known)
        return outcome

    in_processes(workers, seconds, pending, attempt, known)


def in_processes(
    workers: int,
    seconds: float,
    pending: Sequence[Change],
    attempt: Callable[[Change, Sequence[str]], Outcome],
    known: Recording,
) -> None:
    """Try changes in some processes, and append each result to the file."""
    noticed = results.killers(RESULTS)

    def work(share: Sequence[Change]) -> None:
        with RESULTS.open("a", encoding="utf-8") as file:
            for change in share:
                status, test = attempt(change, recording.chosen(change, known, noticed, seconds))
                if status in results.NOTICED:
                    noticed.add(change.file, change.function, test)
                evidence = results.evidence(status, test, known, seconds)
                result = Result(
                    change.digest,
                    change.key,
                    change.file,
                    change.function,
                    status,
                    test,
                    evidence,
                )
                print(json.dumps(result), file=file, flush=True)

    gc.collect()
    gc.freeze()  # or a collection in a fork would copy all memory
    processes = [CONTEXT.Process(target=work, args=(pending[n::workers],)) for n in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


@click.command()
@click.argument("files", nargs=-1)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(0),
    default=12,
    show_default=True,
    help="Of tests for a change.",
)
@click.option("--report", is_flag=True, help="Try nothing; show what is known.")
def main(files: tuple[str, ...], workers: int, seconds: float, report: bool) -> None:
    """Try every change to FILES, which are all of src by default."""
    MADE.mkdir(parents=True, exist_ok=True)
    # Byte code of src and of the tests, for the sessions that import them again.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(BUILD / "pycache")
    all_files = sorted(str(path.relative_to(changes.SRC)) for path in changes.SRC.rglob("*.py"))
    wanted = [change for file in files or all_files for change in changes.of(file, MADE)]
    if not report:
        session = CONTEXT.Process(
            target=pytest.main,
            args=([*trials.OPTIONS, *recording.TESTS],),
            kwargs={"plugins": [Session(wanted, workers, seconds)]},
        )
        session.start()
        session.join()
        try_in_new_sessions(wanted, workers, seconds)
    known = results.read(RESULTS, recording.load(RECORDED), seconds)
    lines = list(results.report(wanted, known, results.reasons(SURVIVORS)))
    print("\n".join(lines))
    table = 2 + len({change.file for change in wanted})
    sys.exit(int(len(lines) > table))


if __name__ == "__main__":
    main()
