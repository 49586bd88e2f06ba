"""Batches of `redrive`: which events share an invocation, and what its response says of each."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import pytest

from create_group_id.errors import ProvisioningFailed
from create_group_id_tools.failures.batches import Batch, take, verdict_of
from create_group_id_tools.failures.records import Record
from create_group_id_tools.remote.invoke_response import InvokeResponse
from create_group_id_tools.remote.wire import FcResponse
from tests.world import World, a_context

ERROR = "UnhandledInvocationError"


def record(event: object, function: str = "f") -> Record:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Record(b"line of " + data, function, data)


def signup(name: str) -> dict[str, str]:
    return {"tenantId": name}


def batch(*events: object, limit: int = 1000) -> Batch:
    return take(deque(record(event) for event in events), limit)


def taken(*records: Record, limit: int = 1000) -> int:
    return len(take(deque(records), limit).records)


def raised(message: object) -> InvokeResponse:
    """Return FC's response for a function that raised."""
    text = message if isinstance(message, str) else json.dumps(message)
    body = json.dumps({"errorMessage": text, "errorType": "ProvisioningFailed"}).encode()
    return InvokeResponse(FcResponse("host", 200, {}, body), ERROR)


def failure(index: object) -> dict[str, object]:
    """Return a failed result of a batch."""
    return {"Success": False, "Index": index, "Error": {"Code": "InvalidPayload", "Message": ""}}


def returned(value: object) -> InvokeResponse:
    return InvokeResponse(FcResponse("host", 200, {}, json.dumps(value).encode()))


def invoked(events: bytes) -> InvokeResponse:
    """Invoke the function itself, in virtual time."""
    try:
        with World() as world:
            return returned(world.handle(events, a_context(timeout=600)))
    except ProvisioningFailed as error:
        return raised(str(error))


def names(records: list[Record]) -> list[str]:
    return [json.loads(record.event)["tenantId"] for record in records]


def test_events_are_joined_unchanged() -> None:
    joined = batch(
        {"tenantId": "a"}, [{"tenantId": "b"}, {"tenantId": "c"}], b' {"tenantId":"d"}\n'
    )
    assert joined.event == (
        b'[{"tenantId": "a"},{"tenantId": "b"}, {"tenantId": "c"},{"tenantId":"d"}]'
    )
    assert list(joined.spans()) == [(0, 1), (1, 3), (3, 4)]


def test_one_record_is_its_own_event() -> None:
    assert batch(b' {"tenantId": "a"} ').event == b' {"tenantId": "a"} '


@pytest.mark.parametrize(
    "event",
    (
        {"version": "v1", "requestContext": {"http": {}}},
        {"httpMethod": "POST", "path": "/"},
        {"GroupId": "GID_a"},
        {"groupid": "GID_a"},
        ["{}"],
        [],
        7,
        b"",
        b"\xff",
        b'{"tenantId": "a"}, {"tenantId": "b"}',
        b'\xef\xbb\xbf{"tenantId": "a"}',
        '{"tenantId": "a"}'.encode("utf-16-le"),
        b"[" * 100_000,
    ),
)
def test_an_event_that_an_array_would_change_is_sent_alone(event: object) -> None:
    assert taken(record(event), record(signup("b"))) == 1
    assert taken(record(signup("b")), record(event)) == 1


def test_a_batch_has_one_function_and_no_more_events_than_fit() -> None:
    one, other = record(signup("a"), "f"), record(signup("b"), "g")
    assert taken(one, one, other) == 2
    assert taken(*[one] * 50, limit=40) == 40
    assert taken(*[record([signup("a")] * 3)] * 3, limit=7) == 2
    assert taken(record([signup("a")] * 50), one, limit=40) == 1
    assert taken(*[record({"tenantId": "a", "x": "y" * (1 << 20)})] * 5) == 3


def test_a_batch_that_succeeded_is_a_success_for_each_record() -> None:
    events = batch(signup("a"), [signup("b"), signup("b")])
    verdict = verdict_of(events, invoked(events.event))
    assert (verdict.succeeded, verdict.failing, verdict.again) == ([*events.records], [], [])
    assert verdict.outcomes == ["Created", "Created", "AlreadyExists"]


def test_only_the_events_that_the_exception_names_failed() -> None:
    events = batch(signup("a"), [signup("b"), signup("")], signup("c"), signup(""))
    verdict = verdict_of(events, invoked(events.event))
    assert names(verdict.succeeded) == ["a", "c"]
    assert verdict.failing == [events.records[1], events.records[3]]
    assert verdict.again == []
    assert sorted(verdict.outcomes) == ["InvalidPayload"] * 2 + ["Succeeded"] * 3


def test_events_that_the_exception_omits_are_invoked_again() -> None:
    events = batch(*[signup("")] * 300, signup("a"))
    verdict = verdict_of(events, invoked(events.event))
    shown = len(verdict.failing)
    assert 0 < shown < 300
    assert verdict.succeeded == []
    (rest,) = verdict.again
    assert list(rest.records) == list(events.records[shown:])
    assert verdict.outcomes == ["InvalidPayload"] * shown


@pytest.mark.parametrize(
    "response",
    (
        raised("Process exited unexpectedly before completing request"),
        raised({"Success": False, "Error": {"Code": "MalformedPayload"}}),
        raised({"Success": False, "Count": 3, "Results": [], "Omitted": 3}),
        raised({"Success": True, "Count": 3, "Results": [{"Success": True}]}),
        *(
            raised({"Success": False, "Count": 3, "Results": [failure(index)], **more})
            for index in (-1, 3, 2**70, True, "0")
            for more in ({}, {"Omitted": 1})
        ),
        raised({"Success": False, "Count": 3, "Results": [{"Success": False}]}),
        returned({"Success": True, "Count": 2, "Results": [{"Success": True}]}),
        returned({"Success": True}),
        returned({"Success": True, "Count": 3, "Results": [7]}),
        returned(None),
    ),
)
def test_a_response_that_names_no_event_halves_a_batch(response: InvokeResponse) -> None:
    events = batch(signup("a"), signup("b"), signup("c"))
    verdict = verdict_of(events, response)
    assert (verdict.succeeded, verdict.failing, verdict.outcomes) == ([], [], [])
    assert [names([*part.records]) for part in verdict.again] == [["a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("response", "outcome"),
    (
        (raised("Process exited unexpectedly before completing request"), ERROR),
        (returned({"Success": True}), "no envelope"),
        (returned({"Success": True, "Results": [{"Success": True, "Data": 7}]}), "no envelope"),
        (
            returned({"Success": False, "Count": 2**70, "Results": [failure(0)]}),
            "no envelope",
        ),
        (returned({"Success": False, "Count": 2**40, "Results": [failure(0)]}), "no envelope"),
        (returned("<html>"), "no envelope"),
    ),
)
def test_a_single_record_fails_by_a_response_that_is_no_envelope(
    response: InvokeResponse, outcome: str
) -> None:
    verdict = verdict_of(batch(signup("a")), response)
    assert (len(verdict.failing), verdict.again, verdict.outcomes) == (1, [], [outcome])


@pytest.mark.parametrize("poison", (b'{"tenantId": "a", "tenantId": "b"}', b'{"tenantId": NaN}'))
def test_halving_finds_the_event_that_breaks_the_batch(poison: bytes) -> None:
    todo = [batch(*map(signup, "abcdefg"), poison, *map(signup, "hij"))]
    succeeded, failing, invocations = [], [], 0
    while todo:
        events = todo.pop()
        verdict = verdict_of(events, invoked(events.event))
        succeeded += verdict.succeeded
        failing += verdict.failing
        todo += verdict.again
        invocations += 1
    assert sorted(names(succeeded)) == [*"abcdefghij"]
    assert [record.event for record in failing] == [poison]
    assert invocations < 11


def test_a_malformed_envelope_in_an_exception_is_an_error() -> None:
    values: list[Any] = [{"Success": False, "Count": 1, "Results": {}}, {"Success": False}, []]
    for value in values:
        assert verdict_of(batch(signup("a")), raised(value)).outcomes == [ERROR]
