"""A message names what is wrong, where the code alone does not say it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.errors import ACCESS_DENIED
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, an_http_event

if TYPE_CHECKING:
    from tests.world import World

REQUEST = {"GroupId": "GID_test"}
JSON = "application/json"


def post(body: object = REQUEST, content_type: str = JSON, **headers: str) -> dict[str, Any]:
    """Make a POST with headers; an underscore stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return an_http_event(body, headers={"Content-Type": content_type, **named})


def in_text(value: object, layers: int) -> object:
    """Return a value as JSON in a string in a string, and so on."""
    for _ in range(layers):
        value = base64.b64encode(json.dumps(value).encode()).decode()
    return value


HTTP: tuple[tuple[dict[str, Any], str, str], ...] = (
    (post() | {"body": None}, "MalformedPayload", "no body"),
    (post("!") | {"isBase64Encoded": True}, "MalformedPayload", "isBase64Encoded"),
    (post(content_encoding="gzip"), "UnsupportedMediaType", "Content-Encoding"),
    (post(content_type=f"{JSON}; charset=gbk"), "UnsupportedMediaType", "charset"),
    (post(content_type="text/plain"), "UnsupportedMediaType", "Content-Type"),
    (
        post(content_type="application/cloudevents-batch+json"),
        "UnsupportedMediaType",
        "Batches of CloudEvents",
    ),
    (
        post({"tenantId": "a"}, ce_specversion="1.0", ce_type="tenant.signup", ce_id="%ff"),
        "MalformedPayload",
        "ce-",
    ),
    (post({"GroupId": "GID_\ufffd"}), "MalformedPayload", "U+FFFD"),
)
EVENTS: tuple[tuple[object, str, str], ...] = (
    (a_cloud_event(1), "MalformedPayload", "must be an object"),
    (a_cloud_event({}, data_base64="e30="), "MalformedPayload", "both data and data_base64"),
    (
        {name: value for name, value in a_cloud_event(None).items() if name != "data"}
        | {"data_base64": "!"},
        "MalformedPayload",
        "data_base64 must be base64",
    ),
    ({"body": in_text(REQUEST, 9), "props": {}}, "UnknownEvent", "8 layers"),
    ("%", "MalformedPayload", "JSON"),
    ("GID_test", "MalformedPayload", "neither JSON nor padded standard base64"),
    (b'{"GroupId": ' + b"1" * 4301 + b"}", "MalformedPayload", "integer of too many digits"),
    (b'{"tenantId": "a", "tenantId": "a"}', "MalformedPayload", "twice"),
    (b'{"tenantId": NaN}', "MalformedPayload", "NaN"),
    (b'{"tenantId": 1e999}', "MalformedPayload", "too large"),
    (b'{"tenantId": "\\ud800"}', "MalformedPayload", "surrogate"),
    (b"[" * 129 + b"]" * 129, "MalformedPayload", "128"),
    (b'{"tenantId": "a"', "MalformedPayload", "line 1, column 17"),
    (b"\xff", "MalformedPayload", "UTF-8"),
    (b"\x1f\x8b", "MalformedPayload", "gzip"),
)


@pytest.mark.parametrize(("event", "code", "words"), HTTP)
def test_a_refused_http_request(event: dict[str, Any], code: str, words: str, world: World) -> None:
    error = json.loads(world.handle(event)["body"])["Error"]
    assert error["Code"] == code
    assert words in error["Message"]


@pytest.mark.parametrize(("event", "code", "words"), EVENTS)
def test_a_refused_event(event: object, code: str, words: str, world: World) -> None:
    error = world.error(event)
    assert error["Code"] == code
    assert words in error["Message"]


def test_a_known_outcome_has_only_the_message_of_its_code(world: World) -> None:
    world.backend.set_faults([Fault("error", code="NoPermission", status=403)])
    assert world.post(REQUEST)["Error"]["Message"] == ACCESS_DENIED.message


def test_a_lost_connection(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="before")])
    error = world.post(REQUEST)["Error"]
    assert error["Code"] == "UpstreamBadResponse"
    assert "connection was lost" in error["Message"]
