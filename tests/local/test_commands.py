"""`serve` and `invoke` as commands: what they print, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from click.testing import CliRunner

from create_group_id_tools.cli import COMMANDS, main
from create_group_id_tools.commands.serve import command as serve
from create_group_id_tools.local import interpreter
from create_group_id_tools.template import deployment
from create_group_id_tools.template.rendering import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SERVE = (sys.executable, "-m", "create_group_id_tools", "serve", "--port")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*SERVE, "0", "--on-failure", str(tmp_path / "failures.jsonl"), "--retry-delay", "60"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # Under nohup the children of the suite would ignore the signal too.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 - no locks
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("sign", (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
def test_serve_ends_on_a_signal_and_leaves_nothing_behind(
    server: subprocess.Popen[str], tmp_path: Path, sign: signal.Signals
) -> None:
    assert server.stdout
    url = server.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    created = requests.post(url, json={"GroupId": "GID_test"}, timeout=30)
    assert created.json()["Data"]["Outcome"] == "Created"
    headers = {"X-Fc-Invocation-Type": "Async"}
    queued = requests.post(url, json={"tenantId": ""}, headers=headers, timeout=30)
    children = _children(server.pid)
    assert children
    server.send_signal(sign)
    assert server.wait(30) == 0  # and not after the 60 s of --retry-delay
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    (record,) = map(json.loads, (tmp_path / "failures.jsonl").read_text().splitlines())
    assert record["requestContext"]["requestId"] == queued.headers["X-Fc-Request-Id"]
    assert record["requestContext"]["condition"] == "LocalServerStopped"


def _children(pid: int) -> list[int]:
    done = subprocess.run(  # noqa: S603 - a fixed program
        ["ps", "-o", "pid=", "--ppid", str(pid)],  # noqa: S607 - likewise
        check=True,
        capture_output=True,
        text=True,
    )
    return [int(number) for number in done.stdout.split()]


def test_serve_reports_a_port_that_is_taken(server: subprocess.Popen[str], tmp_path: Path) -> None:
    assert server.stdout
    port = server.stdout.readline().strip().rsplit(":", 1)[1]
    done = subprocess.run(  # noqa: S603 - our own command
        [*SERVE, port, "--on-failure", str(tmp_path / "other.jsonl")],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert f"--port {port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "options",
    (["--runtime", "python3.11"], ["--auth", "jwt"], ["--instances", "0"], ["--port", "x"]),
)
def test_serve_refuses_an_invalid_option(options: list[str]) -> None:
    assert CliRunner().invoke(serve, options).exit_code == 2


def test_serve_reports_a_file_that_it_cannot_write(tmp_path: Path) -> None:
    done = CliRunner().invoke(serve, ["--on-failure", str(tmp_path)])
    assert (done.exit_code, done.stderr) == (2, f"Error: {tmp_path}: Is a directory\n")


def test_serve_refuses_a_file_that_keeps_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = CliRunner().invoke(serve, ["--on-failure", str(pipe)])
    assert (done.exit_code, done.stderr) == (2, f"Error: {pipe}: a pipe or a device; use a file\n")


def test_serve_reads_the_functions_of_the_template() -> None:
    text = (ROOT / "template.yml").read_text()
    first, second, third = deployment.read(text, {"LOG_LEVEL": "DEBUG"}, {"ONSMQTT_MAX_QPS": "7"})
    assert [each.function.name for each in (first, second, third)] == [
        "create-group-id",
        "create-group-id-events",
        "create-group-id-bulk",
    ]
    assert first.methods == ("POST",)
    assert second.methods is None
    assert first.function.environment["LOG_LEVEL"] == "DEBUG"
    assert first.function.environment["ONSMQTT_MAX_QPS"] == "7"
    assert first.function.environment["ONSMQTT_INSTANCE_ID"] == "mqtt-cn-0pp1ldu0001"
    assert second.function.environment["ON_FAILURE"] == "raise"
    assert second.policy.max_retries == 3


def test_a_template_has_the_defaults_of_fc() -> None:
    text = "resources: {f: {props: {functionName: f, handler: index.handler}}}"
    (only,) = deployment.read(text, {}, {})
    assert (only.function.timeout, only.function.initializer, only.methods) == (3, "", None)
    assert (only.policy.max_retries, only.policy.max_age) == (3, 86400)


@pytest.mark.parametrize(
    "resources", ("{f: {}}", "{f: {props: {functionName: f}}}", "{f: 1}", "{f: {props: []}}")
)
def test_a_template_without_functions_is_reported(resources: str) -> None:
    with pytest.raises(RenderError, match="props"):
        deployment.read(f"resources: {resources}", {}, {})


def test_uses_the_python_of_the_runtime_if_it_is_set_up(tmp_path: Path) -> None:
    here = "python{}.{}".format(*sys.version_info)
    assert interpreter.find(here, tmp_path) == (sys.executable, None)
    python, warning = interpreter.find("python3.9", tmp_path)
    assert python == sys.executable
    assert warning
    venv = tmp_path / ".venv-3.9"
    venv.mkdir()
    assert interpreter.find("python3.9", tmp_path) == (sys.executable, warning)
    (venv / ".ready").touch()
    assert interpreter.find("python3.9", tmp_path) == (str(venv / "bin" / "python"), None)


def test_a_log_that_nobody_reads_does_not_stop_the_work(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*SERVE, "0", "--on-failure", str(tmp_path / "failures.jsonl")],
        cwd=ROOT,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        stderr=writer,
        text=True,
    )
    os.close(writer)
    os.close(reader)
    try:
        assert process.stdout
        url = process.stdout.readline().strip()
        process.stdout.close()
        headers = {"X-Fc-Invocation-Type": "Async"}
        waited = requests.post(url, json={"GroupId": "GID_waited"}, timeout=60)
        queued = requests.post(url, json={"tenantId": "queued"}, headers=headers, timeout=60)
        assert (waited.status_code, queued.status_code) == (200, 202)
        deadline = time.monotonic() + 60
        while "GID_queued" not in str(requests.get(f"{url}/_local/state", timeout=60).json()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def test_the_command_alone_lists_the_commands_line_by_line() -> None:
    done = CliRunner().invoke(main, [])
    assert (done.exit_code, done.stdout) == (2, "")
    first, *lines = done.stderr.splitlines()
    assert first.startswith("Usage: ")
    assert set(COMMANDS) <= {line.split()[0] for line in lines if line.strip()}
