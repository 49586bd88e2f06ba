"""`redrive`: what a failure destination collected, invoked again until nothing fails."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.redrive import command
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.failures.destination import Destination, record
from create_group_id_tools.failures.records import RecordFile
from create_group_id_tools.local import http_server
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.runtime.result import failed
from create_group_id_tools.template import deployment
from create_group_id_tools.template.deployment import Policy
from onsmqtt_stub import Backend, Fault
from tests.local.stacks import Local, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

TEMPLATE = Path(__file__).parents[2] / "template.yml"
EVENTS = "create-group-id-events"


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, backend: Backend) -> Iterator[Local]:
    deployments = deployment.read(TEMPLATE.read_text(), {}, {"ONSMQTT_MAX_QPS": "10000"})
    deployments = [replace(item, policy=Policy(0, 0)) for item in deployments]
    with local(tmp_path_factory.mktemp("redrive"), deployments, backend, instances=1) as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(backend: Backend) -> None:
    backend.reset()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "failures.jsonl"


def collect(file: Path, *payloads: Any, function: str = EVENTS) -> None:
    """Write records, as a failure destination does."""
    for number, payload in enumerate(payloads):
        Destination(file).add(
            record(
                request_id=f"1-{number}",
                arn=f"acs:fc:cn-hangzhou:1034354682000000:functions/{function}",
                event=payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
                result=failed("no luck"),
                condition="InvocationError",
                invocations=4,
                now=0,
            )
        )


def redrive(file: Path, running: Local, *options: str) -> Result:
    arguments = [str(file), "--server", running.url, *options]
    return CliRunner().invoke(command, arguments)


def test_records_that_succeed_are_done(running: Local, backend: Backend, file: Path) -> None:
    collect(file, {"tenantId": "one"}, {"tenantId": "two"}, [{"tenantId": "two"}])
    done = redrive(file, running)
    assert done.exit_code == 0
    assert sorted(backend.groups()) == ["GID_one", "GID_two"]
    assert done.stdout.splitlines() == [
        "     2 Created",
        "     1 AlreadyExists",
        "3 of 3 succeeded",
    ]
    calls = len(backend.journal)
    again = redrive(file, running)
    assert (again.exit_code, again.stdout) == (0, "0 of 0 succeeded\n")
    assert again.stderr == "Nothing to do: every record succeeded in an earlier redrive.\n"
    assert len(backend.journal) == calls


def test_records_that_fail_again_are_in_a_file_that_can_be_redriven(
    running: Local, backend: Backend, file: Path
) -> None:
    collect(file, {"tenantId": ""}, {"tenantId": "one"}, {"tenantId": "two"})
    backend.set_faults([Fault("error", code="NoPermission", group_id="GID_two")])
    done = redrive(file, running)
    failing = file.with_name("failures.jsonl.failing")
    assert done.exit_code == 3
    assert done.stdout.splitlines()[-1] == "1 of 3 succeeded"
    assert done.stderr == f"2 still fail: {failing}\n"
    assert "     1 AccessDenied" in done.stdout
    assert "     1 InvalidPayload" in done.stdout
    lines = file.read_bytes().splitlines()
    assert failing.read_bytes().splitlines() == [lines[0], lines[2]]
    backend.set_faults([])
    again = redrive(file, running)
    assert again.stdout.splitlines()[-1] == "1 of 2 succeeded"
    assert again.stderr == f"1 still fails: {failing}\n"
    assert failing.read_bytes().splitlines() == [lines[0]]
    assert file.read_bytes().splitlines() == lines


def test_a_record_that_the_server_refuses_does_not_block_the_others(
    running: Local, backend: Backend, file: Path
) -> None:
    collect(file, {"tenantId": "one"}, function="deleted")
    collect(file, {"tenantId": "two"}, function=f"{EVENTS}/LATEST")
    done = redrive(file, running)
    assert done.exit_code == 3
    assert "404 FunctionNotFound" in done.stdout
    assert backend.groups() == ["GID_two"]
    assert redrive(file, running, "--function", EVENTS).exit_code == 0
    assert backend.groups() == ["GID_two", "GID_one"]


def test_a_line_that_is_not_a_record_is_skipped_and_reported(
    running: Local, backend: Backend, file: Path
) -> None:
    collect(file, {"tenantId": "one"})
    with file.open("ab") as torn:
        torn.write(b'{"timestamp": 17\n# a note\n')
    collect(file, {"tenantId": "two"})
    done = redrive(file, running)
    assert done.exit_code == 3
    assert done.stderr == "Skipped, because they are not failure records: lines 2, 3\n"
    assert done.stdout.splitlines()[-1] == "2 of 2 succeeded"
    assert sorted(backend.groups()) == ["GID_one", "GID_two"]
    again = json.loads(redrive(file, running, "--json").stdout)
    assert again == {"records": 0, "skipped": 2, "succeeded": 0, "outcomes": {}}


def test_refuses_a_second_run_at_the_same_time(
    running: Local, backend: Backend, file: Path
) -> None:
    collect(file, {"tenantId": "one"})
    with RecordFile(file):
        second = redrive(file, running)
    assert (second.exit_code, second.stdout) == (2, "")
    assert (
        second.stderr
        == f"Error: {file}: another redrive of this file is running; wait until it ends\n"
    )
    assert backend.groups() == []
    assert redrive(file, running).exit_code == 0


def test_a_dead_letter_contains_the_events(running: Local, backend: Backend, file: Path) -> None:
    batch = json.loads((TEMPLATE.parent / "events" / "mns-queue.json").read_bytes())
    signup = json.loads((TEMPLATE.parent / "events" / "cloudevent.json").read_bytes())
    signup["data"]["tenantId"] = "other"
    lines = [json.dumps(batch), json.dumps(signup), '{"tenantId": "bare"}']
    file.write_text("".join(f"{line}\n" for line in lines))
    assert redrive(file, running).stdout.splitlines()[-1] == "3 of 3 succeeded"
    assert sorted(backend.groups()) == ["GID_bare", "GID_other", "GID_test"]


@pytest.mark.parametrize("sample", ("direct-invalid-group-id", "http-invalid-group-id"))
def test_a_returned_failure_is_not_a_success(running: Local, file: Path, sample: str) -> None:
    event = (TEMPLATE.parent / "events" / f"{sample}.json").read_bytes()
    collect(file, event, function="create-group-id")
    done = redrive(file, running)
    assert (done.exit_code, "InvalidPayload" in done.stdout) == (3, True)


def test_continues_a_run_that_was_stopped(
    running: Local, backend: Backend, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect(file, *({"tenantId": f"tenant-{number}"} for number in range(3)))
    invoke = Fc3Client.invoke

    def interrupted(self: Fc3Client, function: str, payload: bytes) -> Any:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return invoke(self, function, payload)

    # A test of `serve` may have left a file of its own.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    with monkeypatch.context() as patch:
        patch.setattr(Fc3Client, "invoke", interrupted)
        stopped = redrive(file, running, "--instances", "1", "--batch", "1")
    signal.signal(signal.SIGINT, previous)
    assert stopped.exit_code == 2
    assert stopped.stderr.splitlines() == [
        "Waiting for invocations: 1. Press Ctrl-C again to stop now.",
        "Error: stopped; run the same command again to continue",
    ]
    # The invocations that were in flight are not repeated.
    assert backend.groups() == ["GID_tenant-0"]
    assert redrive(file, running).stdout.splitlines() == ["     2 Created", "2 of 2 succeeded"]


def test_the_same_payload_twice_is_two_records_and_the_same_record_is_one(
    running: Local, backend: Backend, file: Path
) -> None:
    collect(file, {"tenantId": "one"}, {"tenantId": "one"})
    file.write_bytes(file.read_bytes() * 2)
    assert "2 of 2 succeeded" in redrive(file, running).stdout
    assert len(backend.journal) == 2


def test_bytes_that_are_not_text_arrive_unchanged(running: Local, file: Path) -> None:
    collect(file, b"\xff\x00")
    assert "MalformedPayload" in redrive(file, running).stdout


@pytest.mark.parametrize(
    ("content", "message"),
    (
        (None, "No such file"),
        (b"{}\n{}\n", "no other line is one; put each record, as JSON, on a line of its own"),
        (b"[1]\n", "line 1: not a failure record"),
        (b"[]\n", "line 1: not a failure record"),
        (b'\n{"torn', "line 2: not a failure record"),
        (
            b'{"requestContext": {"functionArn": "x"}, "requestPayload": ""}',
            "line 1: not a failure record",
        ),
        (
            b'{"requestContext": {"functionArn": 7}, "requestPayload": ""}',
            "line 1: not a failure record",
        ),
        (b'{"requestContext": {"functionArn": "functions/f"}, "requestPayload": {}}', "line 1"),
        (b"[" * 100_000, "line 1: not a failure record"),
    ),
)
def test_a_file_without_records_is_one_line(
    running: Local, file: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        file.write_bytes(content)
    done = redrive(file, running)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("folder", (".", "/"))
def test_a_folder_instead_of_a_file_is_one_line(folder: str) -> None:
    done = CliRunner().invoke(command, [folder])
    assert (done.exit_code, done.stderr) == (2, f"Error: {folder}: Is a directory\n")


def test_a_pipe_instead_of_a_file_is_one_line() -> None:
    # As <(zcat records.gz) in bash. What is done is recorded beside a file.
    read, write = os.pipe()
    os.close(write)
    done = CliRunner().invoke(command, [f"/dev/fd/{read}"])
    os.close(read)
    message = f"Error: /dev/fd/{read}: a pipe or a device; use a file\n"
    assert (done.exit_code, done.stderr) == (2, message)


def test_the_file_that_cannot_be_written_is_named(file: Path) -> None:
    collect(file, {"tenantId": "one"})
    done_file = file.with_name(f"{file.name}.redriven")
    done_file.mkdir()
    done = CliRunner().invoke(command, [str(file)])
    assert (done.exit_code, done.stderr) == (2, f"Error: {done_file}: Is a directory\n")


def test_reports_a_server_that_does_not_run(file: Path) -> None:
    collect(file, {"tenantId": "one"})
    done = CliRunner().invoke(command, [str(file), "--server", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("Error: 127.0.0.1:9: no connection")
    assert "Traceback" not in done.output


class OtherServer:
    """Another server than Function Compute."""

    status, body, headers = 200, b"<html>", {"X-Fc-Request-Id": "1-a"}

    def respond(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.status, self.body, self.headers)


def test_a_response_that_is_not_an_envelope_is_not_a_success(file: Path) -> None:
    collect(file, {"tenantId": "one"})
    server = OtherServer()
    with http_server.running(server.respond) as url:
        for body in (b"<html>", b"", b"7", b"{}", b'{"Success": "yes"}', b"[" * 100_000):
            server.body = body
            done = CliRunner().invoke(command, [str(file), "--server", url])
            assert (done.exit_code, "0 of 1 succeeded" in done.stdout) == (3, True)
            assert "     1 no envelope\n" in done.stdout


def test_refused_credentials_are_not_a_failure_of_the_record(file: Path) -> None:
    collect(file, {"tenantId": "one"}, {"tenantId": "two"})
    server = OtherServer()
    server.status, server.body = 403, b'{"Code": "AccessDenied"}'
    with http_server.running(server.respond) as url:
        done = CliRunner().invoke(command, [str(file), "--server", url])
    assert (done.exit_code, done.stdout) == (2, "0 of 2 succeeded\n")
    assert "403 AccessDenied" in done.stderr
    assert not file.with_name("failures.jsonl.failing").exists()


@pytest.mark.parametrize("url", ("127.0.0.1:9000", "http://example.com", "http://127.0.0.1:0x"))
def test_an_invalid_server_is_reported(file: Path, url: str) -> None:
    done = CliRunner().invoke(command, [str(file), "--server", url])
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "invalid endpoint" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    (
        (["--remote", ""], "invalid target"),
        (["--remote", "fc3://f?endpoint="], "invalid endpoint in target"),
        (["--remote", "http://127.0.0.1:9"], "a trigger only takes HTTP requests"),
        (["--remote", "fc3://f", "--function", "g"], "--function cannot be used with --remote"),
        (["--remote", "fc3://f", "--server", "s"], "--server cannot be used with --remote"),
        (["--drain", "q", "--remote", "fc3://f"], "--remote cannot be used with --drain"),
        (["--drain", "q", "--server", "s"], "--server cannot be used with --drain"),
        (["--drain", "q"], "--drain: the queue must be https://ACCOUNT.mns."),
    ),
)
def test_reports_why_a_run_cannot_start(file: Path, options: list[str], message: str) -> None:
    collect(file, {"tenantId": "one"})
    done = CliRunner().invoke(command, [str(file), *options])
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert message in done.stderr


@pytest.mark.parametrize("target", ("fc3://{0}?endpoint={1}", "fc2://any/{0}?endpoint={1}"))
def test_a_function_gets_the_records_of_any_function(
    running: Local, backend: Backend, file: Path, target: str
) -> None:
    collect(file, {"tenantId": "one"}, {"tenantId": ""}, function="gone")
    arguments = [str(file), "--remote", target.format(EVENTS, running.url)]
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 3
    assert backend.groups() == ["GID_one"]
    assert "     1 InvalidPayload" in done.stdout
    assert "1 of 2 succeeded" in done.stdout


def test_a_remote_target_needs_credentials_of_the_environment(file: Path) -> None:
    target = "fc3://create-group-id-events?region=cn-hangzhou"
    environ = {name: "" for name in os.environ if name.startswith("ALIBABA_CLOUD_")}
    done = CliRunner(env=environ).invoke(command, [str(file), "--remote", target])
    assert done.exit_code == 2
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in done.stderr
