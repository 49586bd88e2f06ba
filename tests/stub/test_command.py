"""`onsmqtt-stub`: its first line, its end, and one line if it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import click.testing
import pytest
import requests

from onsmqtt_stub.cli import command as stub_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def command() -> Iterator[Any]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "onsmqtt_stub", *arguments],
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


def run(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(stub_command, arguments, catch_exceptions=False)


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT))
def test_command_prints_its_url_first_and_stops_on_a_signal(command: Any, number: int) -> None:
    process = command("--port", "0", "--set", "calls_per_second=1", "--set", "ram_denial=product")
    url = process.stdout.readline().strip()
    with requests.Session() as session:
        settings = session.get(f"{url}/_stub/state", timeout=5).json()["settings"]
        assert (settings["calls_per_second"], settings["ram_denial"]) == (1, "product")
        # The kept connection must not hold the end up; a client's timeout would be 5 s.
        begun = time.monotonic()
        process.send_signal(number)
        assert process.wait(5) == 0
        assert time.monotonic() - begun < 4
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("arguments", "problem"),
    (
        (("--port", "65536"), "Error: Invalid value for '--port': 65536 is not in the range"),
        (("--set", "any"), "Error: --set any: must be NAME=VALUE"),
        (
            ("--set", "journal_size=1", "--set", "journal_size=2"),
            "Error: --set journal_size: appears twice; use each setting once",
        ),
        (
            ("--set", "any=1"),
            'Error: unknown setting "any"; use one of ram_denial, missing_parameter, ',
        ),
        (
            ("--set", "ram_denial=both"),
            'Error: setting ram_denial: "both" is not allowed; must be "gateway" or "product"',
        ),
        (("--set", "any_host=1"), "Error: setting any_host: must be true or false"),
        (
            ("--set", "journal_size=1e400"),
            "Error: setting journal_size: is not a whole number; must be 1 to 1,000,000,000",
        ),
        (
            ("--set", "clock_window_seconds=Infinity"),
            "Error: setting clock_window_seconds: is not a number; must be above 0 and at most ",
        ),
        (("--set", "journal_size=0"), "Error: setting journal_size: 0 is out of range; must be 1 "),
        (
            ("--set", "throttling_status=200"),
            "Error: setting throttling_status: 200 is out of range; must be 300 to 599",
        ),
        (("--set", "throttling_code=1"), "Error: setting throttling_code: must be an error code"),
        (
            ("--faults", "none.json"),
            "Error: --faults none.json: cannot read the file: No such file or directory",
        ),
    ),
)
def test_command_that_cannot_start(arguments: tuple[str, ...], problem: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith(problem)


def test_command_on_a_busy_port(command: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = command("--port", str(port))
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert err == (
        f"Error: --port {port}: cannot listen on 127.0.0.1: Address already in use; "
        "use another port, or 0\n"
    )


def test_command_with_a_rule_that_cannot_act(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text(json.dumps([{"effect": "error", "code": "X", "status": 99}]))
    done = run("--faults", str(script))
    assert done.exit_code == 2
    assert done.stderr == (
        'Error: faults[0].status: 99 is out of range; "error" takes 300 to 599\n'
    )


def test_help_names_the_settings_and_the_key() -> None:
    text = run("-h").stdout
    assert "testid/testsecret" in text
    assert "calls_per_second" in text
