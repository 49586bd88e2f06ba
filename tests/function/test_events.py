"""Events, which are all but HTTP and direct invocations: a failure raises after all were tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.errors import ProvisioningFailed
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from tests.world import World


def signups(*names: object) -> list[dict[str, Any]]:
    return [a_cloud_event({"tenantId": name}, id=f"event-{name}") for name in names]


def test_one_event_returns_its_envelope(world: World) -> None:
    envelope = world.handle(a_cloud_event({"tenantId": "acme"}))
    assert envelope["Data"]["Outcome"] == "Created"
    assert "Index" not in envelope
    assert "EventId" not in envelope


def test_an_event_delivered_twice_succeeds_twice(world: World) -> None:
    for outcome in ("Created", "AlreadyExists"):
        assert world.handle(a_cloud_event({"tenantId": "acme"}))["Data"]["Outcome"] == outcome


def test_ignores_other_properties_of_a_signup(world: World) -> None:
    world.backend.add_group("GID_acme")
    signup = {"tenantId": "acme", "OnExisting": "Fail", "plan": None, "GroupId": 7}
    assert world.handle(a_cloud_event(signup))["Data"]["Outcome"] == "AlreadyExists"


def test_a_request_in_an_event_succeeds_on_an_existing_group_by_default(world: World) -> None:
    world.backend.add_group("GID_test")
    event = a_cloud_event({"GroupId": "GID_test"}, "mq:Topic:SendMessage")
    assert world.handle(event)["Data"]["Outcome"] == "AlreadyExists"


def test_a_request_in_an_event_may_choose_fail(world: World) -> None:
    world.backend.add_group("GID_test")
    request = {"GroupId": "GID_test", "OnExisting": "Fail"}
    error = world.error(a_cloud_event(request, "mq:Topic:SendMessage"))
    assert error["Code"] == "GroupIdAlreadyExists"


@pytest.mark.parametrize(
    ("event", "code"),
    (
        (a_cloud_event({"tenantId": ""}), "InvalidPayload"),
        (a_cloud_event({"tenantId": "acme"}, "tenant.closed"), "UnknownEventType"),
        ({"tenantId": "acme", "instanceId": "mqtt-cn-other"}, "InstanceNotAllowed"),
        ({"triggerTime": "2026-11-24T00:00:00Z", "payload": "x"}, "UnknownEvent"),
        ({}, "UnknownEvent"),
        ([], "UnknownEvent"),
        ("", "MalformedPayload"),
        (7, "MalformedPayload"),
        (None, "MalformedPayload"),
    ),
)
def test_a_terminal_failure_raises(event: object, code: str, world: World) -> None:
    assert world.error(event)["Code"] == code
    assert world.calls == 0


def test_a_failure_of_the_service_raises(world: World) -> None:
    world.backend.set_faults([Fault("error", code="InstanceNotFound", status=400)])
    assert world.error(a_cloud_event({"tenantId": "acme"}))["Code"] == "InstanceNotFound"


def test_the_exception_is_the_compact_envelope_without_a_cause(world: World) -> None:
    with pytest.raises(ProvisioningFailed) as failure:
        world.handle({"tenantId": 7})
    text = str(failure.value)
    assert text == json.dumps(json.loads(text), separators=(",", ":"))
    assert failure.value.args == (text,)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_a_batch_returns_results_in_the_order_of_its_events(world: World) -> None:
    envelope = world.handle(signups("one", "two", "one"))
    assert envelope["Success"] is True
    assert envelope["Count"] == 3
    assert [(r["Index"], r["EventId"]) for r in envelope["Results"]] == [
        (0, "event-one"),
        (1, "event-two"),
        (2, "event-one"),
    ]
    assert [r["Data"]["Outcome"] for r in envelope["Results"]] == [
        "Created",
        "Created",
        "AlreadyExists",
    ]
    assert "Omitted" not in envelope


def test_an_array_of_one_is_a_batch(world: World) -> None:
    assert world.handle(signups("one"))["Count"] == 1


def test_every_event_of_a_batch_is_tried_before_it_raises(world: World) -> None:
    envelope = world.failed([*signups(7, "one"), "nonsense", None, [], *signups("two")])
    assert world.backend.groups() == ["GID_one", "GID_two"]
    assert envelope["Success"] is False
    assert envelope["Count"] == 6
    assert envelope["Omitted"] == 0
    assert [(r["Index"], r["Error"]["Code"]) for r in envelope["Results"]] == [
        (0, "InvalidPayload"),
        (2, "MalformedPayload"),
        (3, "MalformedPayload"),
        (4, "UnknownEvent"),
    ]


def test_a_failed_event_does_not_stop_the_others(world: World) -> None:
    world.backend.set_faults([Fault("error", code="NoPermission", status=403, group_id="GID_two")])
    envelope = world.failed(signups("one", "two", "three"))
    assert world.backend.groups() == ["GID_one", "GID_three"]
    assert [r["EventId"] for r in envelope["Results"]] == ["event-two"]


def test_replaying_a_batch_creates_no_group_twice(world: World) -> None:
    batch = signups("one", 7, "two")
    world.failed(batch)
    world.failed(batch)
    assert [call.committed for call in world.backend.journal] == [True, True, False, False]


def test_events_that_fail_alike_keep_their_own_event_ids(world: World) -> None:
    batch = [a_cloud_event({}, "tenant.closed", id=event_id) for event_id in ("a", "b")]
    assert [result["EventId"] for result in world.failed(batch)["Results"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("event_id", "shown"),
    (
        ("e" * 128, "e" * 128),
        ("e" * 129, None),
        ("e", "e"),
        ("a\nb", "a\nb"),
        ("", None),
        (7, None),
        (None, None),
    ),
)
def test_an_event_id_of_at_most_128_characters_is_shown(
    event_id: object, shown: str | None, world: World
) -> None:
    result = world.failed([a_cloud_event({}, id=event_id)])["Results"][0]
    assert result.get("EventId") == shown


def test_on_failure_raise_changes_nothing_for_events(world: World) -> None:
    world.environ["ON_FAILURE"] = "raise"
    assert world.handle(signups("one"))["Success"]
    assert world.error({})["Code"] == "UnknownEvent"


def test_wrong_configuration_raises_for_each_event_of_a_batch(world: World) -> None:
    world.environ["ONSMQTT_NETWORK"] = "intranet"
    envelope = world.failed(signups("one", "two"))
    assert [r["Error"]["Code"] for r in envelope["Results"]] == ["ConfigurationError"] * 2


@pytest.mark.parametrize("event", (a_cloud_event({"tenantId": "acme"}), signups("one", "two")))
def test_a_returned_envelope_has_the_invocation_id(event: object, world: World) -> None:
    assert world.handle(event, a_context(request_id="1-a"))["InvocationId"] == "1-a"


@pytest.mark.parametrize(
    "event",
    (
        a_cloud_event({}),
        signups("one", 7),
        an_http_event({}, headers={"X-Fc-Invocation-Type": "Async"}),
    ),
)
def test_a_raised_envelope_has_the_invocation_id(event: object, world: World) -> None:
    assert world.failed(event, a_context(request_id="1-a"))["InvocationId"] == "1-a"
