"""What `make mutation` reports as wrong, and that its exit status says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutation.changes import Change
from tests.mutation.forks import KILLED, SURVIVED, TIMED_OUT, UNTRIED
from tests.mutation.results import Result, reasons, report

if TYPE_CHECKING:
    from pathlib import Path

FILE = "create_group_id/timing.py"
KEY = f"{FILE} backoff: a -> b"


def lines(*statuses: int, listed: dict[str, str] | None = None) -> list[str]:
    """Report changes that ended so; return the last line of the table, and what is wrong."""
    changes = [
        Change(f"{KEY} #{n}", str(n), FILE, "backoff", range(1, 2), range(1, 2), "")
        for n in range(len(statuses))
    ]
    known = {
        change.digest: Result(change.digest, change.key, FILE, "backoff", status, "", "")
        for change, status in zip(changes, statuses, strict=True)
    }
    return list(report(changes, known, listed or {}))[2:]


def test_with_every_change_killed_nothing_is_wrong() -> None:
    assert len(lines(KILLED, TIMED_OUT)) == 1


def test_a_survivor_is_wrong_if_it_is_not_listed() -> None:
    statuses = [SURVIVED] + [KILLED] * 99
    assert lines(*statuses)[1:] == [f"SURVIVED {KEY} #0"]
    assert lines(*statuses, listed={f"{KEY} #0": "a reason"})[1:] == []


def test_a_listed_survivor_is_wrong_once_it_is_killed() -> None:
    listed = {f"{KEY} #1": "a reason"}
    assert lines(KILLED, KILLED, listed=listed)[1:] == [f"STALE, it is killed now: {KEY} #1"]
    assert lines(KILLED, TIMED_OUT, listed=listed)[1:] == [f"STALE, it is killed now: {KEY} #1"]


def test_a_listed_survivor_is_wrong_once_there_is_no_such_change() -> None:
    assert lines(KILLED, listed={f"{KEY} #7": "a reason"})[1:] == [
        f"STALE, there is no such change: {KEY} #7"
    ]
    assert (
        lines(KILLED, listed={"index.py handler: a -> b": "of a file that was not asked for"})[1:]
        == []
    )


def test_a_change_that_was_not_tried_is_wrong() -> None:
    assert lines(*[KILLED] * 99, UNTRIED)[1:] == ["1 changes were not tried."]


def test_listed_survivors_do_not_count_as_killed() -> None:
    listed = {f"{KEY} #{n}": "a reason" for n in range(4)}
    statuses = [SURVIVED] * 4 + [KILLED] * 96
    assert lines(*statuses, listed=listed)[1:] == ["Fewer than 97% were killed."]


def test_a_reason_belongs_to_all_changes_since_the_last_one(tmp_path: Path) -> None:
    file = tmp_path / "survivors.txt"
    file.write_text("# a comment\n\na\nb\n  the first\n\nc\n  the second\n")
    assert reasons(file) == {"a": "the first", "b": "the first", "c": "the second"}


def test_a_listed_survivor_needs_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "survivors.txt"
    file.write_text("a\n  the first\n\nb\n")
    with pytest.raises(ValueError, match="no reason is given for b"):
        reasons(file)
