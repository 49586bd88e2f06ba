"""Input that wants to surprise: an envelope or `ProvisioningFailed`, and nothing of it shown."""

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


def everything_said(world: World, event: object, log: pytest.LogCaptureFixture) -> str:
    """Return all that a caller, a log or a failure destination sees of an invocation."""
    try:
        said = json.dumps(world.handle(event))
    except ProvisioningFailed as failure:
        said = repr(failure) + "".join(traceback.format_exception(failure))
    return said + "".join(f"{record.getMessage()}{record.exc_text}" for record in log.records)


BYTES: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \r\n",
    "NaN": b'{"tenantId": "canary", "seats": NaN}',
    "duplicate names": b'{"tenantId": "canary", "tenantId": "canary2"}',
    "a lone surrogate": b'{"tenantId": "canary\\ud800"}',
    "60,000 open brackets": b"[" * 60_000,
    "60,000 open braces": b'{"body":' * 60_000,
    "a nest that the parser takes": b"[" * 500 + b"]" * 500,
    "an integer of 50,000 digits": b'{"tenantId": ' + b"7" * 50_000 + b"}",
    "base64 of 60,000 open brackets": base64.b64encode(b"[" * 60_000),
    "a float beyond all": b'{"tenantId": 1e999}',
    "UTF-16": '{"tenantId": "canary"}'.encode("utf-16"),
    "a byte order mark too many": b"\xef\xbb\xbf" * 2 + b'{"tenantId": "canary"}',
    "nulls": b"\x00" * 1000,
    "half of an HTTP event": b'{"requestContext": {"http": {"method": "POST"',
    "an HTTP event of nothing": b'{"requestContext": {"http": null}}',
    "an HTTP event in an array": b'[{"requestContext": {"http": {"method": "POST"}}}]',
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name: str, world: World, caplog: pytest.LogCaptureFixture) -> None:
    said = everything_said(world, BYTES[name], caplog)
    assert "canary" not in said
    assert '"bug"' not in said
    assert world.calls == 0


@pytest.mark.parametrize("name", BYTES)
def test_the_same_bytes_over_http(
    name: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    body = base64.b64encode(BYTES[name]).decode()
    response = world.handle(an_http_event(body, isBase64Encoded=True))
    assert response["statusCode"] in (400, 413)
    assert '"bug"' not in caplog.text


@pytest.mark.parametrize("field", ("Tags", "OnExisting", "Other"))
def test_a_nest_of_any_depth_in_a_field(
    field: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    # Between what the parser takes and what the validator takes lie a few depths only.
    for depth in range(2, 1100, 3):
        nest = "[" * depth + "]" * depth
        answer = world.post(f'{{"GroupId": "GID_test", "{field}": {nest}}}')
        assert answer["Error"]["Code"] in ("InvalidPayload", "MalformedPayload")
    assert '"bug"' not in caplog.text


def test_a_cloud_event_in_a_cloud_event_in_base64(world: World) -> None:
    inner = a_cloud_event({"tenantId": "acme"})
    outer = json.dumps(a_cloud_event(inner, "mns:Queue:SendMessage")).encode()
    assert world.handle(base64.b64encode(outer))["Data"]["GroupId"] == "GID_acme"


def test_a_batch_of_2000(world: World) -> None:
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
def test_nothing_of_it_is_shown(
    event: object, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.environ["LOG_LEVEL"] = "DEBUG"
    said = everything_said(world, event, caplog)
    assert not [hidden for hidden in HIDDEN if hidden in said]


@pytest.mark.parametrize("trigger", ("http", "event"))
def test_the_gateway_quotes_our_token_and_we_do_not(
    trigger: str, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.environ["LOG_LEVEL"] = "DEBUG"
    event = an_http_event(REQUEST) if trigger == "http" else {"tenantId": "test"}
    # The stub quotes what was to be signed, as the real gateway does.
    world.backend.add_key(AccessKey("STS.testid", "another secret", "testtoken"))
    said = everything_said(world, event, caplog)
    assert world.backend.journal[-1].verdict == "SignatureDoesNotMatch"
    assert "CredentialsRejected" in said
    assert not [hidden for hidden in HIDDEN if hidden in said]


@pytest.mark.parametrize("status", (200, 400, 500))
def test_no_upstream_text_is_shown(
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
        said = everything_said(world, an_http_event(REQUEST), caplog)
    assert not [hidden for hidden in HIDDEN if hidden in said]


class BrokenContext:
    """A context whose every property raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


def test_a_context_whose_properties_raise_is_an_empty_one(world: World) -> None:
    response = world.handle(an_http_event(REQUEST), BrokenContext())
    error = json.loads(response["body"])["Error"]
    assert (response["statusCode"], error["Code"]) == (500, "ConfigurationError")
    world.environ["ONSMQTT_REGION_ID"] = "cn-hangzhou"
    response = world.handle(an_http_event(REQUEST), BrokenContext())
    assert json.loads(response["body"])["Error"]["Code"] == "CredentialsMissing"
    assert world.calls == 0
