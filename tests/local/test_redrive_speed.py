"""The speed of `redrive`: invocations in flight, and retries while FC is busy."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.failures import redrive_capacity
from create_group_id_tools.failures.records import Record
from create_group_id_tools.failures.redriver import Redriver
from create_group_id_tools.remote.invoke_response import InvokeResponse
from create_group_id_tools.remote.wire import FcResponse, InvokeError
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id_tools.failures.batches import Batch

ROOT = Path(__file__).parents[2]


def records(count: int, function: str = "f") -> list[Record]:
    events = [json.dumps({"tenantId": f"t{number}"}).encode() for number in range(count)]
    return [Record(event, function, event) for event in events]


def created(batch: Batch) -> InvokeResponse:
    """Return the function's response for new groups."""
    results = [{"Success": True, "Data": {"Outcome": "Created"}} for _ in batch.records]
    envelope = {"Success": True, "Count": len(results), "Results": results}
    body = envelope if len(results) > 1 else results[0]
    return InvokeResponse(FcResponse("host", 200, {}, json.dumps(body).encode()))


class Run:
    """A run with a function of the test, in virtual time."""

    def __init__(
        self,
        invoke: Callable[[Batch], InvokeResponse],
        *,
        instances: int = 1,
        batch_size: int = 1,
        interval: float = 0.0,
    ) -> None:
        self.noted: list[Record] = []
        self.slept: list[float] = []
        self.redriver = Redriver(
            invoke,
            self.noted.extend,
            instances=instances,
            batch_size=batch_size,
            interval=interval,
            sleep=self.slept.append,
        )

    def over(self, pending: list[Record]) -> str:
        return self.redriver.run(pending, lambda _: None)


def test_as_many_are_in_flight_as_there_are_instances() -> None:
    # The barrier opens for three. A fourth would break its next round.
    together = threading.Barrier(3, timeout=30)
    busy: set[int] = set()

    def invoke(batch: Batch) -> InvokeResponse:
        busy.add(threading.get_ident())
        together.wait()
        return created(batch)

    run = Run(invoke, instances=3)
    assert run.over(records(9)) == ""
    assert (len(busy), run.redriver.succeeded, len(run.noted)) == (3, 9, 9)


@pytest.mark.parametrize(
    ("count", "instances", "sizes"),
    (
        (1000, 5, [40] * 21 + [32, 26, 21, 17, 13, 11, 8, 7, 5, 4, 4, 3, 2, 2, 1, 1, 1, 1, 1]),
        (10, 5, [2, 2, 2, 1, 1, 1, 1]),
        (3, 5, [1, 1, 1]),
    ),
)
def test_batches_get_smaller_so_that_all_instances_end_together(
    count: int, instances: int, sizes: list[int]
) -> None:
    seen: list[int] = []
    lock = threading.Lock()

    def invoke(batch: Batch) -> InvokeResponse:
        with lock:
            seen.append(len(batch.records))
        return created(batch)

    assert Run(invoke, instances=instances, batch_size=40).over(records(count)) == ""
    assert sorted(seen, reverse=True) == sizes


@pytest.mark.parametrize("status", (429, 503))
def test_waits_for_a_busy_function(status: int) -> None:
    responses = [status] * 6 + [200]

    def invoke(batch: Batch) -> InvokeResponse:
        if responses.pop(0) == 200:
            return created(batch)
        raise InvokeError("host: busy", status)

    run = Run(invoke)
    assert run.over(records(1)) == ""
    assert run.redriver.succeeded == 1
    waits = [wait for wait in run.slept if wait]
    for wait, longest in zip(waits, (0.5, 1, 2, 4, 8, 16), strict=True):
        assert longest / 2 <= wait <= longest


def test_gives_up_if_no_instance_becomes_free() -> None:
    def invoke(_batch: Batch) -> InvokeResponse:
        raise InvokeError("host: 429: every instance is busy", 429)

    run = Run(invoke)
    assert run.over(records(2)) == "host: 429: every instance is busy"
    assert 150 < sum(run.slept) < 320
    assert (run.redriver.succeeded, run.redriver.failing, run.noted) == (0, [], [])


def test_waits_for_invocations_in_flight_before_it_stops() -> None:
    refused = threading.Event()

    def invoke(batch: Batch) -> InvokeResponse:
        if batch.records[0].line.endswith(b'"t0"}'):
            refused.set()
            raise InvokeError("host: 403 AccessDenied", 403)
        assert refused.wait(30)
        return created(batch)

    run = Run(invoke, instances=2)
    assert run.over(records(5)) == "host: 403 AccessDenied"
    assert [record.line for record in run.noted] == [b'{"tenantId": "t1"}']


def test_a_refused_batch_is_halved_and_a_refused_record_fails() -> None:
    def invoke(batch: Batch) -> InvokeResponse:
        if any(record.line.endswith(b'"t3"}') for record in batch.records):
            raise InvokeError("host: 400 EntityTooLarge", 400)
        return created(batch)

    run = Run(invoke, batch_size=40)
    assert run.over(records(8)) == ""
    assert run.redriver.succeeded == 7
    assert [record.line for record in run.redriver.failing] == [b'{"tenantId": "t3"}']
    assert run.redriver.outcomes == {"Created": 7, "host: 400 EntityTooLarge": 1}


def test_a_missing_function_fails_the_whole_batch_at_once() -> None:
    calls = []

    def invoke(batch: Batch) -> InvokeResponse:
        calls.append(batch)
        if batch.records[0].function == "gone":
            raise InvokeError("host: 404 FunctionNotFound", 404)
        return created(batch)

    run = Run(invoke, batch_size=40)
    assert run.over([*records(4, "gone"), *records(4, "here")]) == ""
    assert len(run.redriver.failing) == run.redriver.succeeded == 4
    assert {len({record.function for record in batch.records}) for batch in calls} == {1}


def test_a_bug_is_not_swallowed() -> None:
    def invoke(_batch: Batch) -> InvokeResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Run(invoke, instances=2).over(records(5))


def test_a_rate_spaces_invocations() -> None:
    run = Run(created, interval=0.25)
    assert run.over(records(4)) == ""
    assert run.slept == [0.25] * 4


def test_reads_the_capacity_of_the_function_from_the_template(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUNCTION_NAME", "mine")
    capacity = redrive_capacity.of_events()
    assert capacity.dead_letters == "mine-bulk"
    assert capacity.instances == 5
    # 60 s, at the slowest pace of one call per second, a third of it for retries.
    assert capacity.batch_size == 40


@pytest.mark.parametrize(
    ("template", "message"), (("resources: [", "invalid YAML"), (None, "No such file"))
)
def test_a_template_that_cannot_be_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str | None, message: str
) -> None:
    if template is not None:
        (tmp_path / "template.yml").write_text(template)
    monkeypatch.setattr(redrive_capacity, "ROOT", tmp_path)
    with pytest.raises(CommandError, match=f"template.yml: {message}"):
        redrive_capacity.of_events()


def test_no_thread_is_left_when_a_success_cannot_be_recorded() -> None:
    def full(_records: object) -> None:
        raise OSError(28, "No space left on device")

    before = set(threading.enumerate())
    redriver = Redriver(created, full, instances=3, batch_size=1)
    with pytest.raises(OSError, match="No space"):
        redriver.run(records(9), lambda _: None)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
