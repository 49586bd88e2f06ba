"""Accepted events are on disk: they survive a killed server, and no loss is silent."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.failures.private_file import write_durably
from create_group_id_tools.local import http_server
from create_group_id_tools.local.accepted import AcceptedError, AcceptedEvent, AcceptedFolder
from tests.local.stacks import probe
from tests.local.test_async import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

ROOT = Path(__file__).parents[2]
ITEM = AcceptedEvent("1-a", "f", "test", "LATEST", 1.5, b'{"a": 1}\n\xff\x00')


def test_an_event_is_read_back_byte_by_byte(tmp_path: Path) -> None:
    first = AcceptedFolder(tmp_path / "failures.jsonl")
    first.add(ITEM)
    first.close()
    second = AcceptedFolder(tmp_path / "failures.jsonl")
    assert second.left() == [ITEM]
    second.remove("1-a")
    second.remove("1-a")
    assert second.left() == []
    second.close()


@pytest.mark.parametrize("rest", (0, 1))
def test_a_torn_record_is_not_an_accepted_event(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], rest: int
) -> None:
    events = AcceptedFolder(tmp_path / "failures.jsonl")
    events.add(ITEM)
    (path,) = (tmp_path / "failures.jsonl.accepted").iterdir()
    whole = path.read_bytes()
    # After a power loss a file may have its size, but zeros instead of its last bytes.
    for size in range(len(whole.rstrip(b"\0"))):
        path.write_bytes(whole[:size] + bytes(rest * (len(whole) - size)))
        assert events.left() == []
    events.close()
    lines = set(capfd.readouterr().err.splitlines())
    advice = "is damaged, and not used. Its sender got no response; you can delete it."
    assert lines == {f"{path} {advice}"}


def test_an_event_during_the_start_of_the_server_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve = http_server.running

    @contextmanager
    def called_at_once(*arguments: Any, **options: Any) -> Iterator[str]:
        with serve(*arguments, **options) as url:
            headers = {"X-Fc-Invocation-Type": "Async"}
            assert requests.post(url, json={}, headers=headers, timeout=30).status_code == 202
            yield url

    monkeypatch.setattr(http_server, "running", called_at_once)
    with probe(tmp_path) as running:
        wait_for(running.successes)
        assert len(running.invocations()) == 1


def test_the_oldest_event_is_first(tmp_path: Path) -> None:
    events = AcceptedFolder(tmp_path / "failures.jsonl")
    for number in (2, 1, 3):
        events.add(AcceptedEvent(f"1-{number}", "f", "test", "LATEST", number, b""))
    assert [item.timestamp for item in events.left()] == [1, 2, 3]
    events.close()


@pytest.mark.parametrize("closed", ("before", "meanwhile"))
def test_a_server_that_stops_accepts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    folder = AcceptedFolder(tmp_path / "failures.jsonl")
    if closed == "before":
        folder.close()
    else:

        def write_and_close(file: FileIO, data: bytes) -> None:
            write_durably(file, data)
            folder.close()

        name = "create_group_id_tools.local.accepted.write_durably"
        monkeypatch.setattr(name, write_and_close)
    with pytest.raises(OSError, match="the server is stopping"):
        folder.add(ITEM)
    assert list((tmp_path / "failures.jsonl.accepted").iterdir()) == []


def test_a_folder_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "failures.jsonl.accepted").touch()
    with pytest.raises(AcceptedError, match=r"failures\.jsonl\.accepted: File exists"):
        AcceptedFolder(tmp_path / "failures.jsonl")


def test_an_event_that_cannot_be_written_is_not_accepted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with probe(tmp_path) as running:
        (tmp_path / "failures.jsonl.accepted").rmdir()
        refused = running.put(returns="x")
        assert (refused.status_code, refused.json()["Code"]) == (500, "InternalServerError")
        state = requests.get(f"{running.url}/_local/state", timeout=30).json()
        assert state["invocations"] == []
    assert "Event for probe not accepted: cannot write it to disk" in capfd.readouterr().err
    assert running.successes() == []


def test_an_event_of_a_function_that_is_not_served_stays_on_disk(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = AcceptedFolder(tmp_path / "failures.jsonl")
    before.add(ITEM)
    before.close()
    with probe(tmp_path):
        pass
    after = AcceptedFolder(tmp_path / "failures.jsonl")
    assert after.left() == [ITEM]
    after.close()
    assert (
        "Event 1-a of an earlier server stays on disk: template.yml has no function f now"
        in capfd.readouterr().err
    )


def test_a_port_in_use_leaves_the_events_on_disk(tmp_path: Path) -> None:
    events = AcceptedFolder(tmp_path / "failures.jsonl")
    item = replace(ITEM, function="probe")
    events.add(item)
    events.close()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"), probe(tmp_path, port=port):
            pass
    events = AcceptedFolder(tmp_path / "failures.jsonl")
    assert events.left() == [item]
    events.close()


def test_a_record_that_cannot_be_written_whole_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "failures.jsonl"
    destination = Destination(path)
    destination.add({"n": 1})
    # As on a full disk: no file may grow beyond this limit.
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from create_group_id_tools.failures.destination import Destination\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "try: Destination(Path(sys.argv[1])).add({'n': 'x' * 100})\n"
        "except OSError: sys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, check=False)  # noqa: S603 - this interpreter
    assert done.returncode == 3
    assert path.read_bytes() == b'{"n":1}\n'
    destination.add({"n": 2})
    assert path.read_bytes() == b'{"n":1}\n{"n":2}\n'


def test_only_the_owner_may_read_the_files_with_events(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with probe(tmp_path) as running:
            running.put(returns="x")
            wait_for(running.successes)
            running.put(**{"raise": "x"})
            wait_for(running.failures)
    finally:
        os.umask(before)
    for name in ("failures.jsonl", "successes.jsonl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
