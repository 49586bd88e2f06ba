"""The work for hostile input is bounded: it costs little more than reading it once.

Counted, not timed: calls of Python and C functions, and bytes allocated.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import envelope, strict_json
from create_group_id.errors import ProvisioningFailed
from create_group_id.handler import Handler
from tests.hostile_bodies import BODIES
from tests.world import World, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable

handle = Handler.handle  # without the validation by conftest, which would be counted too
MIB = 2**20


def calls_of(run: Callable[[], object]) -> tuple[int, int]:
    """Return the numbers of calls while JSON is read, and of all others."""
    counts, reading = [0, 0], 0
    code = strict_json.loads.__code__

    def count(frame: Any, event: str, _argument: object) -> None:
        nonlocal reading
        if event in ("call", "c_call"):
            counts[bool(reading)] += 1
        if frame.f_code is code:
            reading += {"call": 1, "return": -1}.get(event, 0)

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return counts[1], counts[0]


def peak_of(run: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def warm(world: World) -> World:
    world.environ["LOG_LEVEL"] = "CRITICAL"
    world.post({"GroupId": 1})  # imports jsonschema
    return world


def over_http(world: World, body: str) -> Callable[[], object]:
    event = json.dumps(an_http_event(body, encoded=True)).encode()
    return lambda: handle(world.handler, event, a_context())


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_64_kib_costs_little_work_and_memory(name: str, warm: World) -> None:
    _, good = calls_of(over_http(warm, '{"GroupId":"GID_good"}'))
    run = over_http(warm, BODIES[name])
    reading, others = calls_of(run)
    assert reading < 3 * len(BODIES[name])
    # At most 100 violations are counted, and jsonschema makes some hundred calls for each.
    assert others < 30 * good
    assert peak_of(run) < 4 * MIB


def raising(world: World, event: bytes) -> Callable[[], object]:
    def run() -> None:
        with pytest.raises(ProvisioningFailed):
            handle(world.handler, event, a_context(timeout=3))

    return run


EVENTS: tuple[object, ...] = (
    0,
    {},
    [],
    "x",
    "{",
    {"GroupId": 1},
    {"specversion": "1.0", "type": "x"},
    {"tenantId": "a"},
)


@pytest.mark.parametrize("event", EVENTS, ids=json.dumps)
def test_the_failed_events_of_a_batch_take_little_memory(event: object, warm: World) -> None:
    batch = json.dumps([event] * 2000).encode()
    # The 128 KiB of an asynchronous invocation can contain 43,000 events: 64 MiB at this rate.
    assert peak_of(raising(warm, batch)) < 2000 * 1500


def test_equal_failures_with_event_ids_take_little_memory(warm: World) -> None:
    batch = [{"TopicOwner": "1", "MessageId": f"m{n}", "Message": "x"} for n in range(2000)]
    # Each event keeps its own failure, but not the exceptions that caused it.
    assert peak_of(raising(warm, json.dumps(batch).encode())) < 2000 * 2000


@pytest.mark.parametrize("event", (0, {}, [], "x"), ids=json.dumps)
def test_equal_failures_share_their_memory(event: object, warm: World) -> None:
    batch = json.dumps([event] * 20_000).encode()
    # 4 MiB can contain two million events: 1,000 bytes for each would be 2 GiB.
    assert peak_of(raising(warm, batch)) < 20_000 * 160


def test_equal_failures_are_one_object(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    failed_batch = envelope.failed_batch
    seen: set[int] = set()

    def recorded(results: Any, *args: Any) -> str:
        seen.update(map(id, results))
        return failed_batch(results, *args)

    monkeypatch.setattr(envelope, "failed_batch", recorded)
    world.failed([{"GroupId": ""}, {"GroupId": ""}])
    assert len(seen) == 1


@pytest.mark.parametrize("padding", (0, 1))
@pytest.mark.parametrize("http", (True, False))
def test_refuses_an_event_of_more_than_4_mib(http: bool, padding: int, warm: World) -> None:
    payload = {"GroupId": "GID_test"}
    event = json.dumps(an_http_event(payload) if http else [payload]).encode()
    event += b" " * (4 * MIB + padding - len(event))
    if http:
        response: Any = warm.handle(event)
        assert response["statusCode"] == (413 if padding else 200)
        assert json.loads(response["body"])["InvocationId"] == a_context().request_id
    elif padding:
        error = warm.error(event)
        assert error["Code"] == "PayloadTooLarge"
        assert error["Message"] == "The event must not be larger than 4 MiB: send smaller batches."
    else:
        assert warm.handle(event)["Success"]
    assert warm.calls == 1 - padding
