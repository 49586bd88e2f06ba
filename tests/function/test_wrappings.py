"""Unwrapping: which wrapping applies at a layer, how many layers, and what is inside them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.world import a_cloud_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World

SIGNUP = {"tenantId": "acme"}
REQUEST = {"GroupId": "GID_acme"}
OTHER = {"tenantId": "other"}


def text(value: object) -> str:
    return json.dumps(value)


def encoded(value: object) -> str:
    return base64.b64encode(text(value).encode()).decode()


def encoded_text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def in_text(value: object, layers: int) -> Any:
    for _ in range(layers):
        value = text(value)
    return value


@pytest.mark.parametrize(
    "event",
    (
        SIGNUP,
        {"TopicOwner": "1", "Message": text(SIGNUP), "MessageId": "2F5B"},
        {"TopicOwner": "1", "Message": SIGNUP},
        {"attrs": {}, "body": text(SIGNUP)},
        {"messageId": "C6DB", "messageBody": encoded(SIGNUP)},
        {"systemProperties": {}, "body": SIGNUP},
        {"partition": 1, "offset": 4, "value": text(SIGNUP)},
        {"partition": 1, "offset": 4, "value": encoded(REQUEST)},
        {"props": {}, "body": {"envelope": {}, "body": REQUEST}},
        text(SIGNUP),
        encoded(REQUEST),
        a_cloud_event(SIGNUP),
        a_cloud_event(SIGNUP, specversion="0.3"),
        a_cloud_event(a_cloud_event(SIGNUP)),
        a_cloud_event(text(SIGNUP), "alikafka:Topic:Message"),
        a_cloud_event({"partition": 0, "offset": 0, "value": SIGNUP}, "alikafka:Topic:Message"),
        a_cloud_event({"systemProperties": {}, "body": text(REQUEST)}, "mq:Topic:SendMessage"),
        a_cloud_event({"body": REQUEST, "envelope": {}}, "amqp:Queue:SendMessage"),
        a_cloud_event({"messageId": "1", "messageBody": text(SIGNUP)}, "mns:Queue:SendMessage"),
        a_cloud_event({"messageId": "1", "messageBody": a_cloud_event(SIGNUP)}, "mns:Queue:Any"),
        text(a_cloud_event(encoded(a_cloud_event(SIGNUP)), "mns:Queue:SendMessage")),
    ),
)
def test_unwraps_each_known_wrapping(event: object, world: World) -> None:
    world.handle(event)
    assert world.backend.groups() == ["GID_acme"]


def test_reads_base64_with_line_breaks(world: World) -> None:
    world.handle(base64.encodebytes(text(SIGNUP | {"note": "n" * 90}).encode()))
    assert world.backend.groups() == ["GID_acme"]


@pytest.mark.parametrize(
    "event",
    (
        # Extensions and attributes may have any name, so marks take precedence, in this order.
        a_cloud_event(SIGNUP, **OTHER),
        a_cloud_event(SIGNUP, GroupId="GID_other"),
        a_cloud_event(SIGNUP, httpMethod="GET", path="/"),
        a_cloud_event(SIGNUP, version="v1", requestContext={"http": {"method": "GET"}}),
        a_cloud_event(SIGNUP, TopicOwner="1", Message=text(OTHER)),
        a_cloud_event(SIGNUP, body=OTHER, attrs={}),
        {"TopicOwner": "1", "Message": text(SIGNUP)} | OTHER,
        {"TopicOwner": "1", "Message": SIGNUP, "attrs": {}, "body": OTHER},
        {"attrs": OTHER, "body": SIGNUP} | OTHER,
        {"attrs": {}, "body": SIGNUP, "messageId": "1", "messageBody": OTHER},
        {"messageId": "1", "messageBody": SIGNUP} | OTHER,
        {"systemProperties": {}, "body": SIGNUP, "partition": 0, "offset": 0, "value": OTHER},
        {"partition": 0, "offset": 0, "value": SIGNUP} | OTHER,
        # Then a signup, then a request.
        SIGNUP | {"GroupId": "GID_other"},
        SIGNUP | {"body": OTHER},
        SIGNUP | {"value": OTHER},
        REQUEST | {"InstanceId": "mqtt-cn-0pp1ldu0001"},
        SIGNUP | {"partition": 0, "value": OTHER},
        SIGNUP | {"systemProperties": OTHER},
    ),
)
def test_the_order_of_wrappings_at_one_layer(event: object, world: World) -> None:
    world.handle(event)
    assert world.backend.groups() == ["GID_acme"]


@pytest.mark.parametrize(
    ("event", "code"),
    (
        # The presence of a mark decides, with any value.
        (SIGNUP | {"specversion": None}, "InvalidPayload"),
        (SIGNUP | {"systemProperties": None, "body": None}, "MalformedPayload"),
        (SIGNUP | {"envelope": None, "body": 7}, "MalformedPayload"),
        (SIGNUP | {"props": None, "body": True}, "MalformedPayload"),
        (SIGNUP | {"partition": None, "offset": None, "value": None}, "MalformedPayload"),
        (SIGNUP | {"TopicOwner": None}, "MalformedPayload"),
        (SIGNUP | {"attrs": None, "body": None}, "MalformedPayload"),
        (SIGNUP | {"messageId": None, "messageBody": 7}, "MalformedPayload"),
        # Some of the marks are not enough.
        ({"tenantId": "", "attrs": {}}, "InvalidPayload"),
        ({"tenantId": "", "envelope": {}}, "InvalidPayload"),
        ({"tenantId": "", "props": {}}, "InvalidPayload"),
        ({"tenantId": "", "systemProperties": {}}, "InvalidPayload"),
        ({"tenantId": "", "partition": 0, "offset": 0}, "InvalidPayload"),
        ({"tenantId": "", "partition": 0, "value": "{}"}, "InvalidPayload"),
        ({"tenantId": "", "offset": 0, "value": "{}"}, "InvalidPayload"),
        ({"tenantId": "", "messageBody": "{}"}, "InvalidPayload"),
        ({"tenantId": "", "Message": "{}"}, "InvalidPayload"),
    ),
)
def test_the_presence_of_a_mark_decides(event: object, code: str, world: World) -> None:
    assert world.error(event)["Code"] == code


LAYERS: dict[str, Callable[[Any], Any]] = {
    "systemProperties": lambda inner: {"systemProperties": {}, "body": inner},
    "envelope": lambda inner: {"envelope": {}, "body": inner},
    "props": lambda inner: {"props": {}, "body": inner},
    "partition": lambda inner: {"partition": 0, "offset": 0, "value": inner},
    "TopicOwner": lambda inner: {"TopicOwner": "1", "Message": inner},
    "attrs": lambda inner: {"attrs": {}, "body": inner},
    "messageBody": lambda inner: {"messageId": "1", "messageBody": inner},
    "cloud event": lambda inner: a_cloud_event(inner, "mns:Topic:Any"),
    "JSON in a string": text,
    "base64": encoded,
}


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layers", (8, 9))
def test_unwraps_at_most_8_layers(kind: str, layers: int, world: World) -> None:
    event: Any = SIGNUP
    for _ in range(layers):
        event = LAYERS[kind](event)
    if layers == 8:
        assert world.handle(event)["Success"]
    else:
        assert world.error(event)["Code"] == "UnknownEvent"


@pytest.mark.parametrize(("layers", "code"), ((8, None), (9, "UnknownEvent")))
def test_unwraps_at_most_8_layers_over_http(layers: int, code: str | None, world: World) -> None:
    event: Any = SIGNUP
    for _ in range(layers):
        event = a_cloud_event(event)
    assert world.post(event).get("Error", {}).get("Code") == code


@pytest.mark.parametrize(("outside", "code"), ((6, None), (7, "UnknownEvent")))
def test_base64_inside_data_base64_is_a_layer(outside: int, code: str | None, world: World) -> None:
    event: Any = a_cloud_event(None, data_base64=encoded_text(encoded(SIGNUP)))
    del event["data"]
    for _ in range(outside):
        event = LAYERS["attrs"](event)
    if code:
        assert world.error(event)["Code"] == code
    else:
        assert world.handle(event)["Success"]


def test_the_base64_of_the_whole_event_is_a_layer(world: World) -> None:
    event: Any = SIGNUP
    for _ in range(7):
        event = LAYERS["attrs"](event)
    assert world.handle(encoded(event).encode())["Success"]
    assert world.error(encoded(LAYERS["attrs"](event)).encode())["Code"] == "UnknownEvent"


@pytest.mark.parametrize(
    ("outside", "inside", "code"),
    ((3, 5, None), (3, 6, "UnknownEvent"), (8, 0, None), (8, 1, "UnknownEvent")),
)
def test_layers_around_a_batch_count_for_its_events(
    outside: int, inside: int, code: str | None, world: World
) -> None:
    batch = in_text([in_text(SIGNUP, inside)], outside)
    if code:
        assert world.failed(batch)["Results"][0]["Error"]["Code"] == code
    else:
        assert world.handle(batch)["Count"] == 1


@pytest.mark.parametrize("event_type", ("mns:", "mns:a", "mq:T", "amqp:Q", "alikafka:T"))
def test_accepts_an_unlisted_type_of_a_transport(event_type: str, world: World) -> None:
    assert world.handle(a_cloud_event(SIGNUP, event_type))["Success"]


@pytest.mark.parametrize(
    "event_type",
    ("tenant.signup.v2", "Tenant.Signup", "tenant.signu", "MNS:Q", "kafka:T", "", None, 7, []),
)
def test_refuses_any_other_unlisted_type(event_type: Any, world: World) -> None:
    assert world.error(a_cloud_event(SIGNUP, event_type))["Code"] == "UnknownEventType"


@pytest.mark.parametrize("outer", ("tenant.signup", "mns:Queue:Any"))
def test_refuses_an_unlisted_type_at_any_layer(outer: str, world: World) -> None:
    inner = a_cloud_event(SIGNUP, "tenant.closed")
    assert world.error(a_cloud_event(inner, outer))["Code"] == "UnknownEventType"


def test_the_data_of_a_listed_type_is_always_a_signup(world: World) -> None:
    for data in ({}, REQUEST, {"body": SIGNUP}, LAYERS["attrs"](SIGNUP), text({}), encoded({})):
        error = world.error(a_cloud_event(data))
        assert error["Violations"] == [
            {"Pointer": "/tenantId", "Keyword": "required", "Message": "is missing"}
        ]


@pytest.mark.parametrize("data", (text(SIGNUP), encoded(SIGNUP), encoded_text(text(SIGNUP))))
def test_the_data_of_a_listed_type_may_be_text_of_an_object(data: str, world: World) -> None:
    world.handle(a_cloud_event(data))
    assert world.backend.groups() == ["GID_acme"]


@pytest.mark.parametrize("data", (None, "", "acme", text([SIGNUP]), encoded(7), [SIGNUP], 7, True))
def test_a_listed_type_without_an_object_as_data_is_malformed(data: object, world: World) -> None:
    assert world.error(a_cloud_event(data))["Code"] == "MalformedPayload"


@pytest.mark.parametrize("end", (7, 1.5, True, None, "", "hello", "hello topic", "e30x"))
def test_a_scalar_inside_the_wrappings_is_malformed(end: object, world: World) -> None:
    for event in (end, LAYERS["attrs"](end), a_cloud_event(end, "mns:Topic:Any"), text(end)):
        assert world.error(event)["Code"] == "MalformedPayload"


@pytest.mark.parametrize("end", ({}, {"a": 1}, {"attrs": {}}, {"messageId": "1"}, {"data": SIGNUP}))
def test_an_unknown_object_inside_the_wrappings_is_unknown(end: object, world: World) -> None:
    for event in (end, LAYERS["attrs"](end), a_cloud_event(end, "mns:Topic:Any"), text(end)):
        assert world.error(event)["Code"] == "UnknownEvent"


def test_json_inside_a_wrapping_is_strict_too(world: World) -> None:
    for inside in ('{"tenantId": "a", "tenantId": "b"}', '{"tenantId": NaN}', '"\\ud800"'):
        assert world.error(LAYERS["attrs"](inside))["Code"] == "MalformedPayload"
        assert world.error(LAYERS["attrs"](encoded_text(inside)))["Code"] == "MalformedPayload"
