"""Events as real senders shape them, which a simpler reader would misread."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from tests.world import World, a_cloud_event, an_http_event

SIGNUP = {"tenantId": "acme"}
BOM = "\ufeff"


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def gateway_event(body: str | None, *, encoded: object = False) -> dict[str, Any]:
    """Return an event as API Gateway passes it to a function (FC's page on its triggers)."""
    return {
        "path": "/tenants",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "queryParameters": {},
        "pathParameters": {},
        "body": body,
        "isBase64Encoded": encoded,
    }


def respond(world: World, event: object) -> tuple[int, str]:
    """Return the status, and the outcome or the error code."""
    response = world.handle(event)
    envelope = json.loads(response["body"])
    assert response["isBase64Encoded"] is False
    if envelope["Success"]:
        return response["statusCode"], envelope["Data"]["Outcome"]
    return response["statusCode"], envelope["Error"]["Code"]


TEXT, ENCODED = json.dumps(SIGNUP), in_base64(json.dumps(SIGNUP).encode())


@pytest.mark.parametrize(
    ("body", "encoded"),
    ((TEXT, False), (TEXT, "false"), (ENCODED, True), (ENCODED, "true"), (BOM + TEXT, "false")),
)
def test_api_gateway_may_send_is_base64_encoded_as_text(
    body: str, encoded: object, world: World
) -> None:
    assert respond(world, gateway_event(body, encoded=encoded)) == (200, "Created")


@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({"httpMethod": "DELETE"}, (405, "MethodNotAllowed")),
        ({"httpMethod": "GET"}, (405, "MethodNotAllowed")),
        ({"httpMethod": None}, (405, "MethodNotAllowed")),
        ({"body": None}, (400, "MalformedPayload")),
        ({"body": ENCODED, "isBase64Encoded": "no"}, (400, "MalformedPayload")),
        ({"headers": None}, (415, "UnsupportedMediaType")),
        ({"headers": {"content-type": "application/json"}}, (200, "Created")),
        ({"headers": {"CONTENT-TYPE": "APPLICATION/JSON"}}, (200, "Created")),
        # An asynchronous request is an event only through FC's own trigger.
        ({"headers": {"Content-Type": "application/json", "X-Fc-Invocation-Type": "Async"},
          "body": "{"}, (400, "MalformedPayload")),
    ),
)  # fmt: skip
def test_api_gateway_gets_the_response_of_the_http_trigger(
    changes: dict[str, Any], expected: tuple[int, str], world: World
) -> None:
    assert respond(world, gateway_event(TEXT) | changes) == expected


@pytest.mark.parametrize("missing", ("httpMethod", "path"))
def test_an_event_with_one_mark_only_is_not_from_api_gateway(missing: str, world: World) -> None:
    event = gateway_event(TEXT)
    del event[missing]
    assert world.error(event)["Code"] == "UnknownEvent"


BINARY = {"content-type": "application/json", "ce-specversion": "1.0", "ce-id": "e-1",
          "ce-source": "s", "ce-type": "tenant.signup"}  # fmt: skip


@pytest.mark.parametrize("case", (str.lower, str.upper, str.title))
@pytest.mark.parametrize(
    ("changes", "expected"),
    (
        ({}, (200, "Created")),
        ({"ce-type": "tenant.deleted"}, (400, "UnknownEventType")),
        ({"ce-type": "tenant%2Esignup"}, (200, "Created")),
        ({"ce-type": '"tenant.signup"'}, (200, "Created")),
        ({"ce-type": r'"tenant\.signup"'}, (200, "Created")),
        ({"ce-type": r"tenant\.signup"}, (400, "UnknownEventType")),  # only quotes need escapes
        ({"ce-type": '"tenant.signup'}, (400, "UnknownEventType")),
        ({"ce-type": 'tenant.signup"'}, (400, "UnknownEventType")),
        ({"ce-type": '"'}, (400, "UnknownEventType")),
        ({"ce-type": ""}, (400, "UnknownEventType")),
        ({"ce-id": ""}, (200, "Created")),
        ({"ce-id": "%e6%9d%AD"}, (200, "Created")),
        ({"ce-id": "%e6%9d"}, (400, "MalformedPayload")),  # 3.1.3.2: it MUST be rejected
        ({"ce-type": "mns:%ff"}, (400, "MalformedPayload")),
        ({"ce-specversion": "2.0"}, (400, "InvalidPayload")),
        ({"ce-data_base64": ENCODED, "ce-data": TEXT}, (200, "Created")),
    ),
)
def test_reads_a_binary_cloud_event(
    case: Any, changes: dict[str, str], expected: tuple[int, str], world: World
) -> None:
    # CloudEvents HTTP binding 1.0.2, 3.1; header names have any case (RFC 9110, 5.1).
    headers = {case(name): value for name, value in (BINARY | changes).items()}
    assert respond(world, an_http_event(SIGNUP, headers=headers)) == expected


def test_refuses_a_binary_cloud_event_without_a_type(world: World) -> None:
    headers = {name: value for name, value in BINARY.items() if name != "ce-type"}
    assert respond(world, an_http_event(SIGNUP, headers=headers)) == (400, "UnknownEventType")
    assert world.calls == 0


def test_ignores_ce_headers_without_ce_specversion(world: World) -> None:
    # A gateway may drop undeclared headers; docs/payloads.md warns of it.
    headers = {name: value for name, value in BINARY.items() if name != "ce-specversion"}
    changed = headers | {"ce-type": "tenant.deleted"}
    assert respond(world, an_http_event(SIGNUP, headers=changed)) == (200, "Created")


def test_structured_mode_takes_precedence_over_ce_headers(world: World) -> None:
    headers = BINARY | {"content-type": "application/cloudevents+json", "ce-type": "other"}
    assert respond(world, an_http_event(a_cloud_event(SIGNUP), headers=headers))[0] == 200
    event = a_cloud_event(SIGNUP, "tenant.deleted")
    assert respond(world, an_http_event(event)) == (400, "UnknownEventType")


LOSSY = (
    {"tenantId": "\ufffd\ufffd"},
    {"tenantId": "acme", "tags": [{"Key": "k", "Value": "Zo\ufffd"}]},
    {"tenantId": "acme", "tags": [{"Key": "\ufffd", "Value": ""}]},
    {"GroupId": "GID_acme", "Tags": [{"Key": "k", "Value": "\ufffd"}]},
)


@pytest.mark.parametrize("payload", LOSSY, ids=json.dumps)
@pytest.mark.parametrize("raw", (True, False))
def test_refuses_text_with_replacement_characters(
    payload: dict[str, Any], raw: bool, world: World
) -> None:
    body = json.dumps(payload, ensure_ascii=not raw)
    assert respond(world, an_http_event(body)) == (400, "MalformedPayload")
    assert world.failed([payload])["Results"][0]["Error"]["Code"] == "MalformedPayload"
    assert world.calls == 0


@pytest.mark.parametrize(
    ("charset", "name"), (("gbk", "北京"), ("gbk", "安保"), ("latin-1", "Zoë"))
)
def test_refuses_bytes_in_another_charset(charset: str, name: str, world: World) -> None:
    body = in_base64(json.dumps({"tenantId": name}, ensure_ascii=False).encode(charset))
    for headers in ({"Content-Type": "application/json"}, BINARY):
        event = an_http_event(headers=headers, body=body, isBase64Encoded=True)
        assert respond(world, event) == (400, "MalformedPayload")
    assert world.calls == 0


@pytest.mark.parametrize(
    "headers",
    (
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Type": 'application/json;CHARSET="utf-16"'},
        {"Content-Type": "application/cloudevents+json; charset=latin1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "content-encoding": "br"},
        {"Content-Type": "application/cloudevents-batch+json"},
    ),
)
def test_refuses_other_charsets_codings_and_the_batched_mode(
    headers: dict[str, str], world: World
) -> None:
    # RFC 9110, 15.5.16; RFC 8259, 8.1.
    assert respond(world, an_http_event(SIGNUP, headers=headers))[0] == 415


@pytest.mark.parametrize(
    "event",
    (
        {"action": "user.deleted", "body": TEXT},
        {"value": TEXT},
        {"body": SIGNUP, "headers": {}},
        {"requestContext": {}, "requestPayload": TEXT, "responsePayload": "{}"},
        {"data": SIGNUP},
        {"Message": TEXT},
        {"messageBody": TEXT},
    ),
    ids=json.dumps,
)
def test_one_property_alone_is_not_a_wrapping(event: object, world: World) -> None:
    assert world.error(event)["Code"] == "UnknownEvent"
    assert world.calls == 0


def test_a_signup_with_a_request_context_is_not_http(world: World) -> None:
    event = SIGNUP | {"requestContext": {"http": {"method": "POST"}}}
    assert world.handle(event)["Success"]


def test_a_kafka_tombstone_in_a_batch_fails_alone(world: World) -> None:
    kafka = {"topic": "t", "partition": 0, "offset": 1, "timestamp": 1}
    failed = world.failed([kafka | {"value": TEXT}, kafka | {"value": None}])
    assert [r["Index"] for r in failed["Results"]] == [1]
    assert world.backend.groups() == ["GID_acme"]


def test_names_gzip_as_the_fault_of_a_compressed_body(world: World) -> None:
    body = in_base64(gzip.compress(TEXT.encode()))
    assert "gzip" in world.error({"props": {}, "envelope": {}, "body": body})["Message"]


@pytest.mark.parametrize(
    "event_type", ("oss:ObjectCreated:PutObject", "dts:Subscribe", "", None, 1)
)
def test_refuses_cloud_events_of_other_types(event_type: Any, world: World) -> None:
    assert world.error(a_cloud_event(SIGNUP, event_type))["Code"] == "UnknownEventType"


@pytest.mark.parametrize("name", ("tenantID", "TenantId", "TENANTID", "tenantid"))
def test_hints_at_a_property_name_in_another_case(name: str, world: World) -> None:
    envelope = world.post({name: "acme"})
    messages = [violation["Message"] for violation in envelope["Error"]["Violations"]]
    assert any("tenantId" in message and "case" in message for message in messages)
