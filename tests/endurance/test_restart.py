"""A server that is killed or stopped leaves its events to the next one."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.endurance.served import ROOT, serving, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.endurance.served import Served


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def served(tmp_path: Path, log: Path) -> Iterator[Served]:
    with serving(tmp_path, log, "--retry-delay", "600") as served:
        yield served


@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGQUIT))
def test_a_killed_server_leaves_its_events_to_the_next(
    served: Served, tmp_path: Path, log: Path, number: signal.Signals
) -> None:
    served.post("faults", [{"effect": "delay", "delay": 60}])
    accepted = {served.publish(f"tenant{n}") for n in range(20)}
    assert served.waiting() == accepted
    for path in (served.failures, *served.accepted.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(served.accepted.stat().st_mode) == 0o700
    assert served.end(number) == -number
    with serving(tmp_path, log) as after:
        wait_for(lambda: not after.waiting())
        assert after.groups() == {f"GID_tenant{n}" for n in range(20)}
        assert after.end() == 0
    assert "Events of an earlier server, queued again: 20.\n" in log.read_text()
    assert served.failures.read_bytes() == b""


def test_a_record_that_cannot_be_written_is_printed_whole(served: Served, log: Path) -> None:
    served.failures.unlink()
    served.failures.mkdir()
    request_id = served.publish("")  # fails, and waits for its retry
    assert served.end() == 1
    lines = log.read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("{")]
    record = json.loads(line)
    assert record["requestContext"]["requestId"] == request_id
    assert json.loads(json.loads(record["requestPayload"])["body"]) == {"tenantId": ""}
    assert lines[-1] == "Error: records that cannot be written: 1. They are the lines above."
    # The next server has the event too.
    assert served.waiting() == {request_id}


def test_one_server_at_a_time_has_a_failure_file(served: Served) -> None:
    options = ["--port", "0", "--on-failure", str(served.failures)]
    second = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "create_group_id_tools", "serve", *options],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    problem = "another server uses this file; stop that server, or choose another file"
    assert second.stderr == f"Error: --on-failure {served.failures}: {problem}\n"
    assert second.returncode == 2
