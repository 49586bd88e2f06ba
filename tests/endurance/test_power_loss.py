"""A power loss loses no accepted event: the necessary syncs, and the states of a short run."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local.accepted import AcceptedEvent, AcceptedFolder
from tests.endurance import power_loss, strace
from tests.endurance.disk import Disk
from tests.endurance.states import FAILURES, FOLDER, Promise, examine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ITEM = AcceptedEvent("1-a", "f", "test", "LATEST", 1.5, b'{"a": 1}')
ACCEPTED = f"{FAILURES}.accepted"
EVENT = f"{ACCEPTED}/{ITEM.request_id}"


def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the inode of each file and folder that is synced."""
    inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: inodes.append(os.fstat(descriptor).st_ino))
    return inodes


def test_a_power_loss_after_the_response_loses_no_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inodes = synced(monkeypatch)
    folder = tmp_path / "new" / "folder"
    events = AcceptedFolder(folder / "failures.jsonl")
    assert set(inodes) == {
        tmp_path.stat().st_ino,
        folder.parent.stat().st_ino,
        folder.stat().st_ino,
    }
    inodes.clear()
    events.add(ITEM)
    events.close()
    accepted = folder / "failures.jsonl.accepted"
    assert inodes == [(accepted / ITEM.request_id).stat().st_ino, accepted.stat().st_ino]


def test_a_power_loss_after_a_record_loses_neither_it_nor_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inodes = synced(monkeypatch)
    path = tmp_path / "failures.jsonl"
    Destination(path).add({"n": 1})
    assert inodes == [tmp_path.stat().st_ino, path.stat().st_ino]


class Steps:
    """What a server does on a disk, one step after the other, without the syncs of one path."""

    def __init__(self, left_out: str = "") -> None:
        self.disk, self.now, self.left_out = Disk(), 0, left_out

    def step(self, name: str, *arguments: str | bytes) -> None:
        self.now += 1
        getattr(self.disk, name)(*arguments, self.now)

    def sync(self, path: str) -> None:
        self.now += 1
        if path != self.left_out:
            self.disk.sync(path, self.now, self.now)

    def accept(self, content: bytes) -> Promise:
        for path, above in (("new", "."), (FOLDER, "new"), (ACCEPTED, FOLDER)):
            self.step("make_folder", path)
            self.sync(above)
        self.step("make_file", EVENT)
        self.step("append", EVENT, content)
        self.sync(EVENT)
        self.sync(ACCEPTED)
        self.now += 1
        return Promise(ITEM.request_id, self.now, "GID_a")

    def record(self) -> None:
        self.step("make_file", FAILURES)
        self.sync(FOLDER)
        line = {"requestContext": {"requestId": ITEM.request_id, "functionArn": "functions/f"}}
        self.step("append", FAILURES, json.dumps({**line, "requestPayload": ""}).encode() + b"\n")
        self.sync(FAILURES)


@pytest.fixture
def content(tmp_path: Path) -> Iterator[bytes]:
    folder = AcceptedFolder(tmp_path / "failures.jsonl")
    folder.add(ITEM)
    yield (tmp_path / "failures.jsonl.accepted" / ITEM.request_id).read_bytes()
    folder.close()


def problems(steps: Steps, promise: Promise, folder: Path) -> list[str]:
    return examine(steps.disk, [promise], {}, folder, sample=0).problems


def test_the_check_finds_nothing_if_all_is_synced(tmp_path: Path, content: bytes) -> None:
    steps = Steps()
    promise = steps.accept(content)
    steps.record()
    steps.step("remove", EVENT)
    assert problems(steps, promise, tmp_path) == []


@pytest.mark.parametrize("path", (".", "new", FOLDER, ACCEPTED, EVENT))
def test_the_check_finds_a_response_without_a_sync(
    tmp_path: Path, content: bytes, path: str
) -> None:
    steps = Steps(left_out=path)
    found = problems(steps, steps.accept(content), tmp_path)
    assert found[0] == f"after step {steps.now}: 1-a (GID_a) was accepted, and is lost"


@pytest.mark.parametrize("path", (FOLDER, FAILURES))
def test_the_check_finds_a_record_without_a_sync(tmp_path: Path, content: bytes, path: str) -> None:
    steps = Steps()
    promise = steps.accept(content)
    steps.left_out = path
    steps.record()
    assert problems(steps, promise, tmp_path) == []
    steps.step("remove", EVENT)
    assert problems(steps, promise, tmp_path)


def test_the_check_finds_an_event_that_is_removed_before_its_record(
    tmp_path: Path, content: bytes
) -> None:
    steps = Steps()
    promise = steps.accept(content)
    steps.step("remove", EVENT)
    steps.record()
    assert problems(steps, promise, tmp_path)


def test_the_check_finds_bytes_that_the_next_server_reads_as_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr("create_group_id_tools.local.accepted._digest", lambda _: "")
    steps = Steps()
    unchecked = re.sub(rb'"sha256": "\w+"', b'"sha256": ""', content)
    found = problems(steps, steps.accept(unchecked), tmp_path)
    assert any("1-a is damaged, but taken for whole" in problem for problem in found)


@pytest.mark.skipif(not strace.STRACE, reason="no strace here: apt install strace")
def test_no_state_of_a_short_run_loses_an_event() -> None:
    with power_loss.scratch_folder() as folder:
        trace, groups = power_loss.record(folder / "state", 2)
        disk, sent = strace.read(trace, folder / "state")
        promises = power_loss.promises(sent, groups)
        findings = examine(disk, promises, power_loss.created(sent), folder / "scratch", sample=0)
    assert len(promises) == 9
    assert findings.problems == []
