"""An event stream: batches of a queue's messages, retried by its policy, and then dead letters."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands.redrive import command
from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.local import fc_errors
from create_group_id_tools.local.event_stream import EventStream
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.local.instance import Outcome
from create_group_id_tools.local.message_queue import MessageQueue
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.runtime.result import Result, failed
from create_group_id_tools.template.stream_trigger import StreamTrigger
from tests.world import EPOCH, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from create_group_id_tools.local.accepted import AcceptedFolder

BACKOFF, EXPONENTIAL = "BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY"
ID = "C6DB60D1574661357FA2272774450001"


class Service:
    """A Function Compute whose function returns results from a list, the last one repeatedly."""

    def __init__(self) -> None:
        self.results: list[Result | FcError] = [Result(b"")]
        self.calls: list[tuple[str, list[dict[str, Any]]]] = []

    def call(self, name: str, event: bytes, request_id: str, trigger: str) -> Outcome:
        assert request_id
        assert trigger == "SMQ"
        self.calls.append((name, json.loads(event)))
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, FcError):
            raise result
        return Outcome(result)


class Bench:
    """A stream in virtual time."""

    def __init__(self, folder: Path, disk: AcceptedFolder, strategy: str = BACKOFF) -> None:
        self.clock, self.service, self.slept = Clock(), Service(), list[float]()
        self.queue = MessageQueue("signups", disk, clock=self.clock.wall)
        self.disk, self.file = disk, folder / "failures.jsonl.dead-letters"
        self.stream = EventStream(
            StreamTrigger("bulk-signups", "signups", 40, 3, 5, strategy),
            self.queue,
            "f",
            self.service,  # type: ignore[arg-type]  # it has all that a stream uses
            Destination(self.file),
            sleep=self.sleep,
            jitter=lambda: 0.5,
            clock=self.clock.wall,
        )
        self.stops_after: int | None = None

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.clock.sleep(seconds)
        if self.stops_after is not None and len(self.slept) > self.stops_after:
            self.stream.stop()
            return True
        return False

    def deliver(self, *bodies: str) -> None:
        for number, body in enumerate(bodies, 1):
            self.queue.put(f"{ID[:-4]}{number:04}", body.encode())
        self.stream.deliver(self.queue.take(len(bodies), 0))

    def left(self) -> int:
        return len(self.disk.left())


@pytest.fixture
def bench(tmp_path: Path, disk: AcceptedFolder) -> Bench:
    return Bench(tmp_path, disk)


def test_a_batch_has_the_shape_of_the_documents(bench: Bench) -> None:
    bench.deliver('{"tenantId": "\u4e2d"}', "TEST")
    ((function, events),) = bench.service.calls
    assert function == "f"
    assert [event["data"]["messageBody"] for event in events] == ['{"tenantId": "\u4e2d"}', "TEST"]
    # https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/advanced-features
    assert events[0] == {
        "id": "c6db60d1-5746-6135-7fa2-272774450001",
        "source": "MNS-Function-bulk-signups",
        "specversion": "1.0",
        "type": "mns:Queue:SendMessage",
        "datacontenttype": "application/json; charset=utf-8",
        "subject": "acs:mns:cn-hangzhou:1000000000000001:queues/signups",
        "time": "2026-11-24T00:00:00.000Z",
        "aliyunaccountid": "1000000000000001",
        "aliyunpublishtime": "2026-11-24T00:00:00.000Z",
        "aliyunoriginalaccountid": "1000000000000001",
        "aliyuneventbusname": "MNS-Function-bulk-signups",
        "aliyunregionid": "cn-hangzhou",
        "aliyunpublishaddr": "127.0.0.1",
        "data": {
            "requestId": "C6DB60D1574661357FA2272774450001",
            "messageId": "C6DB60D1574661357FA2272774450001",
            "messageBody": '{"tenantId": "\u4e2d"}',
        },
    }
    assert (bench.left(), bench.slept, bench.file.exists()) == (0, [], False)
    assert EPOCH == 1_795_478_400


def test_retries_a_batch_that_fails_for_a_while(bench: Bench) -> None:
    bench.service.results = [
        failed("a"),
        fc_errors.exhausted(),
        fc_errors.internal("b"),
        Result(b""),
    ]
    bench.deliver("x")
    assert bench.slept == [15, 15, 15]
    assert len({json.dumps(call) for call in bench.service.calls}) == 1
    assert (bench.left(), bench.file.exists()) == (0, False)


def test_backoff_retries_three_times(bench: Bench) -> None:
    bench.service.results = [failed("a")]
    bench.deliver("x")
    assert (len(bench.service.calls), bench.slept) == (4, [15, 15, 15])
    assert json.loads(bench.file.read_text()) == bench.service.calls[0][1]
    assert bench.left() == 0


@pytest.mark.parametrize(("jitter", "wait"), ((0.0, 10), (1.0, 20)))
def test_backoff_waits_for_10_to_20_seconds(jitter: float, wait: float) -> None:
    trigger = StreamTrigger("t", "q", 1, 0, 1, BACKOFF)
    assert list(trigger.waits(lambda: jitter)) == [wait] * 3


def test_exponential_decay_retries_for_a_day(tmp_path: Path, disk: AcceptedFolder) -> None:
    bench = Bench(tmp_path, disk, EXPONENTIAL)
    bench.service.results = [failed("a")]
    bench.deliver("x")
    assert bench.slept[:11] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512]
    assert (len(bench.slept), max(bench.slept)) == (176, 512)
    assert 23.5 * 3600 < sum(bench.slept) < 24 * 3600
    assert len(bench.service.calls) == 177
    assert len(bench.file.read_text().splitlines()) == 1


def test_does_not_retry_a_batch_that_fc_refuses(bench: Bench) -> None:
    bench.service.results = [fc_errors.too_large(1)]
    bench.deliver("x")
    assert (len(bench.service.calls), bench.slept, bench.left()) == (1, [], 0)
    assert len(bench.file.read_text().splitlines()) == 1


def test_a_dead_batch_does_not_stop_the_next(bench: Bench) -> None:
    bench.service.results = [*[failed("a")] * 4, Result(b"")]
    bench.deliver("x")
    bench.deliver("y")
    assert bench.service.calls[-1][1][0]["data"]["messageBody"] == "y"
    assert len(bench.file.read_text().splitlines()) == 1


def test_a_batch_that_is_stopped_stays_in_the_queue(bench: Bench) -> None:
    bench.service.results = [failed("a")]
    bench.stops_after = 1
    bench.deliver("x", "y")
    assert (len(bench.service.calls), bench.left(), bench.file.exists()) == (2, 2, False)


def test_a_dead_letter_that_cannot_be_written_is_written_later(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.service.results = [fc_errors.too_large(1)]
    bench.file.mkdir()
    sleep = bench.stream._sleep

    def tidy(seconds: float) -> bool:
        if len(bench.slept) == 2:
            bench.file.rmdir()
        return sleep(seconds)

    bench.stream._sleep = tidy
    bench.deliver("x")
    assert (bench.slept, bench.left()) == ([1, 1, 1], 0)
    assert len(bench.file.read_text().splitlines()) == 1
    assert capsys.readouterr().err.count("Cannot write a dead letter") == 1


def test_a_dead_letter_can_be_redriven(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.service.results = [failed("a")]
    encoded = base64.b64encode(b'{"tenantId": "a"}').decode()
    bench.deliver('{"tenantId": "b"}', encoded)
    sent = []

    def invoke(_self: object, function: str, payload: bytes) -> None:
        sent.append((function, json.loads(payload)))
        raise InvokeError("host: 404 FunctionNotFound", 404)

    monkeypatch.setattr("create_group_id_tools.remote.fc3.Fc3Client.invoke", invoke)
    CliRunner().invoke(command, [str(bench.file)])
    assert sent == [("create-group-id-bulk", bench.service.calls[0][1])]
