"""Hostile input ends in an envelope or `ProvisioningFailed`, which shows nothing of it."""

from __future__ import annotations

import base64
import json
import logging
import traceback

import pytest
import responses

from create_group_id.errors import ProvisioningFailed
from onsmqtt_stub import AccessKey
from tests.world import SECRETS, World, a_cloud_event, an_http_event

HIDDEN = (*SECRETS, "canary")
REQUEST = {"GroupId": "GID_test"}
QUEUE = {"messageId": "1", "messageBody": '{"tenantId": "canary"'}


def everything_shown(world: World, event: object, log: pytest.LogCaptureFixture) -> str:
    """Return all that an invocation shows to a caller, a log or a failure destination."""
    try:
        shown = json.dumps(world.handle(event))
    except ProvisioningFailed as failure:
        shown = repr(failure) + "".join(traceback.format_exception(failure))
    return shown + "".join(f"{record.getMessage()}{record.exc_text}" for record in log.records)


BYTES: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \r\n",
    "NaN": b'{"tenantId": "canary", "seats": NaN}',
    "duplicate names": b'{"tenantId": "canary", "tenantId": "canary2"}',
    "a lone surrogate": b'{"tenantId": "canary\\ud800"}',
    "60,000 open brackets": b"[" * 60_000,
    "60,000 open braces": b'{"body":' * 60_000,
    "a nest that the parser accepts": b"[" * 500 + b"]" * 500,
    "an integer of 50,000 digits": b'{"tenantId": ' + b"7" * 50_000 + b"}",
    "base64 of 60,000 open brackets": base64.b64encode(b"[" * 60_000),
    "a float beyond a double": b'{"tenantId": 1e999}',
    "UTF-16": '{"tenantId": "canary"}'.encode("utf-16"),
    "two byte order marks": b"\xef\xbb\xbf" * 2 + b'{"tenantId": "canary"}',
    "nulls": b"\x00" * 1000,
    "half an HTTP event": b'{"requestContext": {"http": {"method": "POST"',
    "60,000 open brackets after the mark of HTTP": b'{"requestContext":' + b"[" * 60_000,
    "an HTTP event of null": b'{"requestContext": {"http": null}}',
    "an HTTP event in an array": b'[{"requestContext": {"http": {"method": "POST"}}}]',
}


@pytest.mark.parametrize("name", BYTES)
def test_hostile_bytes_raise_and_are_not_shown(
    name: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shown = everything_shown(world, BYTES[name], caplog)
    assert "canary" not in shown
    assert '"bug"' not in shown
    assert world.calls == 0


@pytest.mark.parametrize("name", BYTES)
def test_hostile_bytes_over_http_are_refused(
    name: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    body = base64.b64encode(BYTES[name]).decode()
    response = world.handle(an_http_event(body, isBase64Encoded=True))
    assert response["statusCode"] in (400, 413)
    assert '"bug"' not in caplog.text


@pytest.mark.parametrize("field", ("Tags", "OnExisting", "Other"))
def test_refuses_a_field_nested_to_any_depth(
    field: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # Only a few depths are too deep for the validator but not for the parser.
    for depth in range(2, 1100, 3):
        nest = "[" * depth + "]" * depth
        envelope = world.post(f'{{"GroupId": "GID_test", "{field}": {nest}}}')
        assert envelope["Error"]["Code"] in ("InvalidPayload", "MalformedPayload")
    assert '"bug"' not in caplog.text


def test_reads_a_cloud_event_in_another_in_base64(world: World) -> None:
    inner = a_cloud_event({"tenantId": "acme"})
    outer = json.dumps(a_cloud_event(inner, "mns:Queue:SendMessage")).encode()
    assert world.handle(base64.b64encode(outer))["Data"]["GroupId"] == "GID_acme"


def test_reports_each_of_2000_wrong_events(world: World) -> None:
    envelope = world.failed([{"tenantId": n} for n in range(2000)])
    assert envelope["Count"] == 2000
    assert world.calls == 0


@pytest.mark.parametrize(
    "event",
    (
        {"GroupId": "canary", "canary": "canary", "Tags": [{"canary": "canary"}]},
        {"GroupId": ["canary"], "InstanceId": "canary!", "RegionId": "canary"},
        {"GroupId": "GID_test", "InstanceId": "canary", "OnExisting": "canary"},
        {"GroupId": "GID_test", "InstanceId": "canary"},
        {"tenantId": {"canary": "canary"}, "canary": "canary"},
        {"canary": "canary"},
        a_cloud_event("canary", subject="canary", source="canary"),
        a_cloud_event({"tenantId": "acme"}, "canary"),
        a_cloud_event(QUEUE, "mns:Queue:SendMessage"),
        [a_cloud_event({"canary": "canary"}), "canary", ["canary"], {"tenantId": ["canary"]}],
        an_http_event({"GroupId": "canary", "canary": "canary"}),
        an_http_event("canary"),
        an_http_event('{"canary": "canary", "canary": 1}'),
        an_http_event(REQUEST, method="canary"),
        an_http_event(REQUEST, headers={"Content-Type": "canary"}),
        an_http_event(
            REQUEST,
            rawPath="/canary",
            queryParameters={"canary": "canary"},
            headers={
                "Content-Type": "application/json",
                "Authorization": "Bearer canary",
                "Cookie": "session=canary",
                "Traceparent": "canary",
                "X-Fc-Security-Token": "canary",
            },
        ),
    ),
)
def test_shows_nothing_of_a_hostile_event(
    event: object, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.environ["LOG_LEVEL"] = "DEBUG"
    shown = everything_shown(world, event, caplog)
    assert not [hidden for hidden in HIDDEN if hidden in shown]


@pytest.mark.parametrize("trigger", ("http", "event"))
def test_does_not_show_the_token_that_the_gateway_quotes(
    trigger: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.environ["LOG_LEVEL"] = "DEBUG"
    event = an_http_event(REQUEST) if trigger == "http" else {"tenantId": "test"}
    # The stub quotes the string to sign, as the real gateway does.
    world.backend.add_key(AccessKey("STS.testid", "another secret", "testtoken"))
    shown = everything_shown(world, event, caplog)
    assert world.backend.journal[-1].verdict == "SignatureDoesNotMatch"
    assert "CredentialsRejected" in shown
    assert not [hidden for hidden in HIDDEN if hidden in shown]


@pytest.mark.parametrize("status", (200, 400, 500))
def test_shows_no_text_of_the_openapi(
    status: int, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {
        "RequestId": "A canary",
        "HostId": "canary",
        "Code": "Canary canary",
        "Message": "canary testtoken",
        "Recommend": "https://canary.example.com",
        "AccessDeniedDetail": {"EncodedDiagnosticMessage": "canary"},
    }
    headers = {"x-acs-request-id": "canary", "x-acs-retry-after": "canary"}
    with responses.RequestsMock() as front:
        url = "https://onsmqtt.cn-hangzhou.aliyuncs.com/"
        front.post(url, status=status, json=body, headers=headers)
        shown = everything_shown(world, an_http_event(REQUEST), caplog)
    assert not [hidden for hidden in HIDDEN if hidden in shown]


class BrokenContext:
    """A context whose every property raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def test_a_context_whose_properties_raise_counts_as_empty(world: World) -> None:
    response = world.handle(an_http_event(REQUEST), BrokenContext())
    error = json.loads(response["body"])["Error"]
    assert (response["statusCode"], error["Code"]) == (500, "ConfigurationError")
    world.environ["ONSMQTT_REGION_ID"] = "cn-hangzhou"
    response = world.handle(an_http_event(REQUEST), BrokenContext())
    assert json.loads(response["body"])["Error"]["Code"] == "CredentialsMissing"
    assert world.calls == 0
