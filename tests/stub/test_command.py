"""`create-group-id stub`: its first line, its end, and one line where it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click.testing
import pytest
import requests

from create_group_id_tools.commands import stub

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command() -> Iterator[Any]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "create_group_id_tools", "stub", *arguments],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT))
def test_command_prints_its_url_first_and_stops_on_a_signal(command: Any, number: int) -> None:
    process = command("--port", "0", "--set", "calls_per_second=1", "--set", "ram_denial=product")
    url = process.stdout.readline().strip()
    with requests.Session() as session:
        settings = session.get(f"{url}/_stub/state", timeout=5).json()["settings"]
        assert (settings["calls_per_second"], settings["ram_denial"]) == (1, "product")
        # The kept connection must not hold the end up.
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert time.monotonic() - begun < 1
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    (
        (("--port", "65536"), "--port 65536: must be 0 to 65535"),
        (("--set", "any"), "--set any: must be NAME=VALUE"),
        (("--set", "any=1"), "unknown setting 'any'; known are ram_denial, missing_parameter, "),
        (("--set", "ram_denial=both"), "setting ram_denial: must be gateway or product"),
        (("--set", "any_host=1"), "setting any_host: must be true or false"),
        (("--set", "journal_size=1e400"), "setting journal_size: must be a number above 0"),
        (("--set", "clock_window_seconds=Infinity"), "setting clock_window_seconds: must be a num"),
        (("--set", "journal_size=0"), "setting journal_size: must be a number above 0"),
        (("--set", "throttling_status=200"), "setting throttling_status: must be an HTTP status"),
        (("--set", "throttling_code=1"), "setting throttling_code: must be an error code"),
        (("--faults", "none.json"), "--faults none.json: No such file or directory"),
    ),
)
def test_command_that_cannot_start(arguments: tuple[str, ...], problem: str) -> None:
    done = click.testing.CliRunner().invoke(stub.command, arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: {problem}")
    assert done.stderr.count("\n") == 1


def test_command_on_a_busy_port(command: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = command("--port", str(port))
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert err == f"Error: --port {port} of 127.0.0.1: Address already in use\n"


def test_command_on_a_script_that_cannot_act(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([{"effect": "reset", "times": 0}]))
    done = click.testing.CliRunner().invoke(stub.command, ["--faults", str(script)])
    assert done.exit_code == 2
    assert done.stderr == "Error: faults[0]: times is one with which the rule cannot act\n"
