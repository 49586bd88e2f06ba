"""One line of JSON for each attempt and for each invocation, and what no line contains."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import __version__, credentials, payload
from create_group_id.client import Client
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, an_http_event

if TYPE_CHECKING:
    from tests.world import World

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
REQUEST = {"GroupId": "GID_test"}


@pytest.fixture(autouse=True)
def _debug_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    """Return the records of one kind, each of which must be one line of JSON."""
    assert all("\n" not in record.getMessage() for record in caplog.records)
    records = [json.loads(record.getMessage()) for record in caplog.records]
    return [line for line in records if line.pop("Event") == event]


def test_logs_a_success(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.clock.now = 100.0
    world.backend.set_faults([Fault("delay", delay=1.5, times=1)])
    envelope = world.post(REQUEST)
    assert lines(caplog, "attempt") == [
        {
            "Attempt": 1,
            "GroupId": "GID_test",
            "Outcome": "Created",
            "RequestId": envelope["RequestId"],
            "Milliseconds": 1500,
        }
    ]
    assert lines(caplog, "invocation") == [
        {
            "Trigger": "http",
            "Results": {"Created": 1},
            "RequestId": envelope["RequestId"],
            "Attempts": 1,
            "Milliseconds": 1500,
            "ColdStart": True,
            "Version": __version__,
        }
    ]


def test_logs_every_attempt(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.backend.set_faults([Fault("error", code="ServiceUnavailable", status=503, times=2)])
    world.post(REQUEST)
    attempts = lines(caplog, "attempt")
    assert [line["Attempt"] for line in attempts] == [1, 2, 3]
    assert [line.get("UpstreamCode") for line in attempts] == ["ServiceUnavailable"] * 2 + [None]
    assert [line.get("Code") for line in attempts] == ["UpstreamUnavailable"] * 2 + [None]
    assert [line["RequestId"] for line in attempts] == [
        call.request_id for call in world.backend.journal
    ]
    assert lines(caplog, "invocation")[0]["Attempts"] == 3


def test_logs_no_request_id_of_a_response_without_one(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.backend.set_faults([Fault("not_json", status=403)])
    world.post(REQUEST)
    assert "RequestId" not in caplog.text


def test_only_the_first_invocation_is_a_cold_start(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.post(REQUEST)
    world.post({})
    assert [line["ColdStart"] for line in lines(caplog, "invocation")] == [True, False]


@pytest.mark.parametrize(
    ("event", "trigger", "results"),
    (
        (an_http_event({}), "http", {"InvalidPayload": 1}),
        ({"GroupId": "x"}, "direct", {"InvalidPayload": 1}),
        ({"GroupId": "GID_test"}, "direct", {"Created": 1}),
        (a_cloud_event({"tenantId": "acme"}), "event", {"Created": 1}),
        ([{"tenantId": "acme"}, {"tenantId": "acme"}], "event", {"Created": 1, "AlreadyExists": 1}),
    ),
)
def test_logs_each_trigger(
    event: object,
    trigger: str,
    results: dict[str, int],
    world: World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world.handle(event)
    (line,) = lines(caplog, "invocation")
    assert (line["Trigger"], line["Results"]) == (trigger, results)


def test_logs_a_failed_event(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.failed(a_cloud_event({}, traceparent=TRACE))
    (line,) = lines(caplog, "invocation")
    assert line["Results"] == {"InvalidPayload": 1}
    assert line["EventId"] == "70c0414c-b260-4923-b584-1d6e5646"
    assert line["Traceparent"] == TRACE
    assert caplog.records[-1].levelno == logging.WARNING


@pytest.mark.parametrize(
    "event",
    (
        {"TopicOwner": "1", "MessageId": "m-1", "Message": '{"tenantId": "acme"}'},
        {"messageId": "m-1", "messageBody": '{"tenantId": "acme"}'},
    ),
)
def test_logs_the_id_of_a_message(
    event: object, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # FC's formats of MNS events, for a topic and for a queue.
    world.handle(event)
    assert lines(caplog, "invocation")[0]["EventId"] == "m-1"


def test_logs_the_attributes_of_a_binary_cloud_event(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    attributes = {
        "ce-specversion": "1.0",
        "ce-type": "tenant.signup",
        "ce-id": "e-1",
        "ce-time": "2026-11-24T08%3a00:00Z",
        "ce-traceparent": TRACE,
    }
    world.post({"tenantId": "acme"}, headers={"Content-Type": "application/json", **attributes})
    (line,) = lines(caplog, "invocation")
    logged = [line.get(name) for name in ("EventId", "EventTime", "Traceparent")]
    assert logged == ["e-1", "2026-11-24T08:00:00Z", TRACE]


def test_logs_a_request_that_is_too_large_to_be_parsed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.handle(b'{"httpMethod": "POST"}'.ljust(4 * 2**20 + 1))
    (line,) = lines(caplog, "invocation")
    assert (line["Trigger"], line["Results"]) == ("http", {"PayloadTooLarge": 1})


def test_logs_the_trace_of_an_http_request(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.post(REQUEST, headers={"Content-Type": "application/json", "Traceparent": TRACE})
    assert lines(caplog, "invocation")[0]["Traceparent"] == TRACE


def test_logs_nothing_of_an_event_for_a_direct_invocation(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.handle(REQUEST)
    (line,) = lines(caplog, "invocation")
    assert not {"EventId", "EventTime", "Traceparent"} & line.keys()


def test_logs_the_outermost_event_of_nested_ones(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    inner = a_cloud_event({"tenantId": "acme"}, traceparent=TRACE.replace("4", "5"))
    outer = {"id": "outer", "traceparent": TRACE, "time": "2026-11-24T09:00:00Z"}
    world.handle(a_cloud_event(inner, "mns:Topic:SendMessage", **outer))
    (line,) = lines(caplog, "invocation")
    assert (line["EventId"], line["Traceparent"], line["EventTime"]) == tuple(outer.values())


def test_logs_a_batch_with_one_failure_at_warning(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.failed([{"tenantId": "acme"}, {"tenantId": ""}])
    assert lines(caplog, "invocation")[0]["Results"] == {"Created": 1, "InvalidPayload": 1}
    assert caplog.records[-1].levelno == logging.WARNING


@pytest.mark.parametrize("trace", ("", "00-zz", TRACE + "\n", TRACE.upper(), "canary", "0" * 55))
def test_does_not_log_an_invalid_trace(
    trace: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.post(REQUEST, headers={"Content-Type": "application/json", "Traceparent": trace})
    assert "Traceparent" not in lines(caplog, "invocation")[0]


@pytest.mark.parametrize(
    ("level", "kinds"),
    (
        ("DEBUG", ["attempt", "invocation"]),
        ("INFO", ["attempt", "invocation"]),
        ("WARNING", []),
        ("CRITICAL", []),
    ),
)
def test_logs_from_the_log_level_upwards(
    level: str, kinds: list[str], world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.environ["LOG_LEVEL"] = level
    world.post(REQUEST)
    assert [json.loads(record.getMessage())["Event"] for record in caplog.records] == kinds


def test_the_log_level_holds_for_one_invocation(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for level, count in (("CRITICAL", 0), ("INFO", 1), ("ERROR", 1)):
        world.environ["LOG_LEVEL"] = level
        world.post({})
        assert len(caplog.records) == count


@pytest.mark.parametrize(
    ("owner", "name"),
    ((Client, "create_group_id"), (credentials, "current"), (payload, "read")),
)
def test_logs_a_bug_by_type_and_place_without_its_text(
    owner: object,
    name: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def buggy(*_: object, **__: object) -> None:
        raise LookupError("canary")

    monkeypatch.setattr(owner, name, buggy)
    world.post(REQUEST)
    (line,) = lines(caplog, "bug")
    place = f"{buggy.__code__.co_filename}:{buggy.__code__.co_firstlineno + 1}"
    assert line == {"Type": "LookupError", "Place": place}
    assert "canary" not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)


def test_logs_through_the_logger_of_the_package_only(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.environ["LOG_LEVEL"] = "ERROR"
    world.post(REQUEST)
    world.environ["LOG_LEVEL"] = "INFO"
    world.post(REQUEST)
    assert {record.name for record in caplog.records} == {"create_group_id"}
    assert logging.getLogger().level == logging.DEBUG


@pytest.mark.parametrize("name", ("urllib3", "urllib3.connectionpool", "urllib3.util.retry"))
def test_urllib3_logs_nothing_with_the_root_at_debug(name: str, world: World) -> None:
    world.post(REQUEST)
    assert logging.getLogger().isEnabledFor(logging.DEBUG)
    assert not logging.getLogger(name).isEnabledFor(logging.ERROR)
