"""`invoke` over the stub: the response on standard output, the rest on standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from create_group_id_tools.cli import main

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).parents[2]
EVENT = str(ROOT / "events" / "http-create-group-id.json")
INVALID = str(ROOT / "events" / "cloudevent-invalid-no-tenant.json")
INSTANCE = "mqtt-cn-0pp1ldu0001"


def invoke(*arguments: str, **environ: str) -> Result:
    return CliRunner(env=environ).invoke(main, ["invoke", *arguments])


@pytest.mark.parametrize("runtime", ("python3.10", "python3.12"))
def test_the_response_is_alone_on_standard_output(runtime: str) -> None:
    done = invoke(EVENT, "--runtime", runtime, "--group", "GID_old")
    assert done.exit_code == 0
    request_id = json.loads(done.stdout)["RequestId"]
    head, after = done.stderr.split("\n\n")
    assert head.splitlines()[:2] == ["HTTP/1.1 200 OK", "Content-Type: application/json"]
    assert after.splitlines() == [
        "",
        "Calls",
        f"  CreateGroupId GID_test accepted {request_id}",
        "Groups",
        f"  GID_old in {INSTANCE}",
        f"  GID_test in {INSTANCE}",
    ]


def test_shows_the_log_on_request() -> None:
    assert "FC Invoke End RequestId: " not in invoke(EVENT).stderr
    assert "FC Invoke End RequestId: " in invoke(EVENT, "--log").stderr


def test_a_body_from_the_command_line() -> None:
    done = invoke("--data", '{"GroupId": "nobody"}')
    assert done.exit_code == 0
    assert json.loads(done.stdout)["Error"]["Code"] == "InvalidPayload"
    assert done.stderr.startswith("HTTP/1.1 400 Bad Request\n")
    assert "Calls\n  none\n" in done.stderr


def test_an_http_response_can_be_a_finding() -> None:
    assert invoke("--data", '{"GroupId": "nobody"}', "--check-status").exit_code == 3
    assert invoke(EVENT, "--check-status").exit_code == 0


def test_a_failed_event_is_one_line() -> None:
    done = invoke(INVALID)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.splitlines()[0] == "InvalidPayload /tenantId is missing"
    assert "stackTrace" in invoke(INVALID, "--log").stderr


def test_each_failed_event_of_a_batch_is_one_line() -> None:
    done = invoke(str(ROOT / "events" / "batch-invalid-one-of-three.json"))
    assert done.stderr.startswith("event 1: InvalidPayload /tenantId ")


def test_json_is_one_document() -> None:
    document = json.loads(invoke(EVENT, "--json").stdout)
    assert document["status"] == 200
    assert document["headers"]["Content-Type"] == "application/json"
    assert document["answer"]["Data"]["Outcome"] == "Created"
    (call,) = document["calls"]
    assert (call["action"], call["group_id"], call["verdict"]) == (
        "CreateGroupId", "GID_test", "accepted",
    )  # fmt: skip
    assert document["groups"] == [{"group_id": "GID_test", "instance_id": INSTANCE}]
    failed = json.loads(invoke(INVALID, "--json").stdout)
    assert failed["error_type"] == "UnhandledInvocationError"
    assert failed["error"]["errorType"] == "ProvisioningFailed"
    assert (failed["calls"], failed["groups"]) == ([], [])


def test_names_the_variables_of_the_shell_that_change_the_response() -> None:
    done = invoke(EVENT, ONSMQTT_INSTANCE_ID="mqtt-hush", LOG_LEVEL="DEBUG")
    first, second = done.stderr.splitlines()[:2]
    assert first == "The function reads LOG_LEVEL, ONSMQTT_INSTANCE_ID from your environment."
    assert INSTANCE in second
    assert json.loads(done.stdout)["Error"]["Code"] == "InstanceNotFound"


@pytest.mark.parametrize(
    ("arguments", "message"),
    (
        ([], "name an event file, or pass a body with --data"),
        (["a", "--data", "{}"], "--data cannot be used with an event file"),
        (["no-such-file"], "no-such-file: no such file"),
        (["mns-queue.json"], "did you mean "),
        (["/"], "/: Is a directory"),
        ([""], "EVENT is empty; name an event file"),
        (["--grop", "x"], "No such option '--grop'. Did you mean '--group'? (see "),
        ([EVENT, "--runtime", "python3.9"], "'--runtime'"),
    ),
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    done = invoke(*arguments)
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("Error: ")
    assert message in done.stderr


def test_every_command_refuses_in_one_line() -> None:
    for arguments in (
        ["stbu"],
        ["event"],
        ["event", "x"],
        ["redrive"],
        ["check", "--depoly"],
        ["smoke"],
    ):
        done = CliRunner().invoke(main, arguments)
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "create_group_id_tools", "invoke", *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", script, "sh", *command], check=False, cwd=ROOT, capture_output=True
    )


def test_an_event_without_an_end_is_refused() -> None:
    done = run('"$@" < /dev/zero', "-")
    assert (done.returncode, done.stderr) == (
        2,
        b"Error: -: larger than 32 MiB, the largest event that FC accepts\n",
    )


@pytest.mark.parametrize(
    ("script", "event", "status", "message"),
    (
        ('"$@" <&-', "-", 2, b"Error: -: Bad file descriptor\n"),
        ('"$@" >&-', EVENT, 2, b"Error: standard output: Bad file descriptor\n"),
        ('"$@" >&-', "--help", 1, b""),
        ('"$@" 2>&-', EVENT, 0, b""),
        ('"$@" <&- >&- 2>&-', EVENT, 2, b""),
    ),
)
def test_a_closed_stream_is_no_traceback(
    script: str, event: str, status: int, message: bytes
) -> None:
    done = run(script, event)
    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)
    assert done.stderr.endswith(message)


@pytest.mark.parametrize("event", (EVENT, INVALID))
def test_a_closed_pipe_is_not_an_error(event: str) -> None:
    done = run('{ "$@"; echo $? >&3; } 3>&2 | true', event)
    status = b"0" if event == EVENT else b"3"
    assert done.stderr.splitlines()[-1] == status
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110 - short
def test_a_full_disk_is_one_line() -> None:
    done = run('"$@" > /dev/full', EVENT)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == b"Error: standard output: No space left on device"
    assert run('"$@" 2> /dev/full', EVENT).returncode == 0
