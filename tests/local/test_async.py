"""Asynchronous invocations: accepted, retried as in FC, and never dropped silently."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

from create_group_id_tools.failures.destination import Destination, record
from create_group_id_tools.local.async_queue import AsyncQueue, Job
from create_group_id_tools.local.history import History
from create_group_id_tools.local.pool import NoFreeInstance
from create_group_id_tools.runtime.result import Result, failed
from create_group_id_tools.template.deployment import Policy
from tests.local.stacks import Local, probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def wait_for(happened: Callable[[], Any]) -> Any:
    """Wait until a thread of the server has done something, and return it."""
    deadline = time.monotonic() + 30
    while not (result := happened()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
    return result


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with probe(tmp_path_factory.mktemp("async")) as running:
        yield running


def test_an_event_that_keeps_failing_is_retried_and_then_recorded(running: Local) -> None:
    accepted = running.put(**{"raise": "no luck"})
    assert (accepted.status_code, accepted.content) == (202, b"")
    request_id = accepted.headers["X-Fc-Request-Id"]
    records = wait_for(lambda: [one for one in running.failures() if is_of(one, request_id)])
    assert len(records) == 1
    entry = records[0]
    # https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation
    assert set(entry) == {
        "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload",
    }  # fmt: skip
    assert abs(entry["timestamp"] / 1000 - time.time()) < 60
    assert entry["requestContext"] == {
        "requestId": request_id,
        "functionArn": "acs:fc:cn-hangzhou:1000000000000001:functions/probe",
        "condition": "InvocationError",
        "approximateInvokeCount": 3,
    }
    assert entry["responseContext"] == {"statusCode": 200, "functionError": "InvocationError"}
    event = json.loads(entry["requestPayload"])
    assert event["headers"]["X-Fc-Invocation-Type"] == "Async"
    assert json.loads(event["body"]) == {"raise": "no luck"}
    assert json.loads(entry["responsePayload"])["errorMessage"] == "no luck"


def test_an_event_that_succeeds_in_the_end_has_one_id(running: Local, tmp_path: Path) -> None:
    before = len(running.failures())
    accepted = running.put(fail_until=str(tmp_path / "tries"), times=3)
    request_id = accepted.headers["X-Fc-Request-Id"]
    (entry,) = wait_for(lambda: [one for one in running.successes() if is_of(one, request_id)])
    assert entry["requestContext"]["condition"] == ""
    assert entry["requestContext"]["approximateInvokeCount"] == 3
    assert entry["responseContext"] == {"statusCode": 200, "functionError": ""}
    assert json.loads(entry["responsePayload"])["event"]
    assert len(running.failures()) == before


def test_retries_an_event_whose_process_ended(running: Local) -> None:
    request_id = running.put(exit=1).headers["X-Fc-Request-Id"]
    (entry,) = wait_for(lambda: [one for one in running.failures() if is_of(one, request_id)])
    assert entry["requestContext"]["approximateInvokeCount"] == 3
    assert json.loads(entry["responsePayload"]) == {
        "errorMessage": "Process exited unexpectedly before completing request"
    }


def test_a_reset_drops_queued_events(tmp_path: Path) -> None:
    with probe(tmp_path, policy=Policy(max_retries=8, retry_delay=600)) as running:
        running.put(**{"raise": "x"})
        wait_for(lambda: [one["state"] for one in running.invocations()] == ["waiting"])
        headers = {"Content-Type": "application/json"}
        reset = requests.post(f"{running.url}/_local/reset", headers=headers, timeout=30)
        assert (reset.status_code, running.invocations()) == (200, [])
    assert running.failures() == []
    assert not list((tmp_path / "failures.jsonl.accepted").iterdir())


def test_a_payload_over_128_kilobytes_is_refused(running: Local) -> None:
    refused = running.put(raises="x" * (128 << 10))
    assert (refused.status_code, refused.json()["Code"]) == (400, "EntityTooLarge")
    assert running.call(raises="x" * (128 << 10)).status_code == 200


def test_events_unfinished_when_the_server_stops_are_in_the_failure_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1), probe(tmp_path) as running:
        hanging = running.put(sleep=5).headers["X-Fc-Request-Id"]
        queued = [running.put(raises=n).headers["X-Fc-Request-Id"] for n in range(20)]
    records = {one["requestContext"]["requestId"]: one for one in running.failures()}
    assert set(records) == {hanging, *queued}
    conditions = {one["requestContext"]["condition"] for one in records.values()}
    assert conditions == {"LocalServerStopped"}
    assert json.loads(json.loads(records[queued[7]]["requestPayload"])["body"]) == {"raises": 7}


class Bench:
    """A queue whose function returns a list of results, and then repeats the last one."""

    def __init__(self, folder: Path, results: list[Result | Exception], policy: Policy) -> None:
        self.results, self.ends = results, threading.Semaphore(0)
        self.file = folder / "failures.jsonl"
        self.queue = AsyncQueue(
            self.run,
            lambda _: self.ends.release(),
            policy,
            arn="acs:fc:cn-hangzhou:1:functions/f",
            on_success=None,
            on_failure=Destination(self.file),
            consumers=2,
        )

    def run(self, _job: Job) -> Result:
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result

    def put(self, event: bytes = b"{}", *, age: float = 0) -> Job:
        job = Job(History().open("1-a", "f", "test", event), event, "LATEST")
        job.entry.timestamp -= age
        self.queue.put(job)
        assert self.ends.acquire(timeout=30)
        return job

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()]


def test_throttling_uses_up_no_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("create_group_id_tools.local.async_queue._FIRST_BACKOFF", 0.01)
    bench = Bench(tmp_path, [NoFreeInstance(), failed("a"), failed("b")], Policy(1, 0))
    job = bench.put()
    assert (job.throttlings, job.runs) == (1, 2)
    assert bench.records()[0]["requestContext"]["condition"] == "InvocationError"


def test_throttling_is_retried_for_five_hours_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [NoFreeInstance()], Policy(3, 0))
    assert bench.put(age=5 * 3600 + 1).runs == 0
    assert bench.records()[0]["requestContext"]["condition"] == "FunctionResourceExhausted"


def test_an_event_that_is_too_old_is_not_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [Result(b"")], Policy(max_age=60))
    assert bench.put(age=61).runs == 0
    assert bench.records()[0]["requestContext"]["condition"] == "EventExpired"
    assert bench.records()[0]["responsePayload"] == ""
    assert bench.put(age=59).runs == 1
    assert len(bench.records()) == 1


def test_a_bug_of_the_server_does_not_end_a_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("create_group_id_tools.local.async_queue._FIRST_BACKOFF", 0.01)
    bench = Bench(tmp_path, [KeyError("a bug"), KeyError("a bug"), Result(b"")], Policy(0, 0))
    job = bench.put()
    assert (job.throttlings, job.runs) == (2, 1)
    assert capfd.readouterr().err.count("KeyError: 'a bug'") == 2


def test_an_unwritable_file_is_reported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("create_group_id_tools.local.async_queue._WRITE_RETRY_DELAY", 0.01)
    bench = Bench(tmp_path, [failed("a")], Policy(0))
    bench.file.mkdir()
    jobs = [Job(History().open("1-a", "f", "test", b"{}"), b"{}", "LATEST") for _ in range(3)]
    for job in jobs:
        bench.queue.put(job)
    wait_for(lambda: all(job.condition for job in jobs))
    unwritten = bench.queue.stop()
    assert [one["requestPayload"] for one in unwritten] == ["{}"] * 3
    assert capfd.readouterr().err.count("Cannot record the result of ") == 1


def test_no_retries_means_one_run(tmp_path: Path) -> None:
    assert Bench(tmp_path, [failed("a")], Policy(0)).put().runs == 1


def test_a_record_that_cannot_be_written_is_written_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("create_group_id_tools.local.async_queue._WRITE_RETRY_DELAY", 0.01)
    bench = Bench(tmp_path, [failed("a")], Policy(0))
    bench.file.mkdir()
    tidy = threading.Timer(0.05, bench.file.rmdir)
    tidy.start()
    bench.put()
    tidy.join()
    assert len(bench.records()) == 1
    assert "Cannot record the result of 1-a: " in capsys.readouterr().err


def test_bytes_that_are_not_text_survive_the_file(tmp_path: Path) -> None:
    event = b"\xff\x00 \xe4\xb8\xad"
    bench = Bench(tmp_path, [failed("a")], Policy(0))
    bench.put(event)
    entry = bench.records()[0]["requestPayload"]
    assert entry.encode(errors="surrogateescape") == event


def test_a_torn_line_does_not_break_the_next(tmp_path: Path) -> None:
    path = tmp_path / "failures.jsonl"
    path.write_bytes(b'{"torn": ')
    entry = record(
        request_id="1-a", arn="f", event=b"", result=None, condition="x", invocations=0, now=0
    )
    for _ in range(2):
        Destination(path).add(entry)
    torn, *whole = path.read_bytes().split(b"\n")
    assert torn == b'{"torn": '
    assert [json.loads(line) for line in whole[:2]] == [entry, entry]
    assert whole[2:] == [b""]


def is_of(entry: dict[str, Any], request_id: str) -> bool:
    return bool(entry["requestContext"]["requestId"] == request_id)
