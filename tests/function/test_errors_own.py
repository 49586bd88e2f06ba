"""The error map for failures that the function finds before any call, and for its bugs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import credentials
from create_group_id.client import Client
from tests.world import a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from tests.world import World

NO, YES = False, True
REQUEST = {"GroupId": "GID_test"}


OWN: tuple[tuple[dict[str, Any], dict[str, str], str, int], ...] = (
    (an_http_event("{"), {}, "MalformedPayload", 400),
    (an_http_event("[]"), {}, "MalformedPayload", 400),
    (an_http_event("!", isBase64Encoded=True), {}, "MalformedPayload", 400),
    (an_http_event("/w==", isBase64Encoded=True), {}, "MalformedPayload", 400),
    (an_http_event({}), {}, "InvalidPayload", 400),
    (an_http_event(REQUEST | {"InstanceId": "mqtt-2"}), {}, "InstanceNotAllowed", 403),
    (an_http_event(REQUEST, method="GET"), {}, "MethodNotAllowed", 405),
    (an_http_event(REQUEST, headers={"Content-Type": "text/xml"}), {}, "UnsupportedMediaType", 415),
    (an_http_event(" " * 65_537), {}, "PayloadTooLarge", 413),
    (an_http_event(a_cloud_event({}, "tenant.closed")), {}, "UnknownEventType", 400),
    (an_http_event(a_cloud_event({}, "mq:Topic:SendMessage")), {}, "UnknownEvent", 400),
    (an_http_event(REQUEST), {"LOG_LEVEL": "LOUD"}, "ConfigurationError", 500),
)


@pytest.mark.parametrize(("event", "environ", "code", "status"), OWN)
def test_a_failure_before_any_call_is_not_retryable(
    event: dict[str, Any], environ: dict[str, str], code: str, status: int, world: World
) -> None:
    world.environ.update(environ)
    response = world.handle(event)
    error = json.loads(response["body"])["Error"]
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, status, NO)
    assert response["statusCode"] == status
    assert not {"UpstreamCode", "Help", "OutcomeUnknown"} & error.keys()
    assert world.calls == 0


def test_reports_missing_credentials(world: World) -> None:
    error = world.handle(REQUEST, a_context(credentials=None))["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("CredentialsMissing", 500)
    assert error["Retryable"] is NO


def test_with_missing_credentials_an_invalid_event_has_its_own_error(world: World) -> None:
    batch = [{"tenantId": ""}, {"tenantId": "acme"}]
    failed = world.failed(batch, a_context(credentials=None))
    assert [result["Error"]["Code"] for result in failed["Results"]] == [
        "InvalidPayload",
        "CredentialsMissing",
    ]


def test_reports_a_timeout_too_short_for_any_attempt(world: World) -> None:
    error = world.handle(REQUEST, a_context(timeout=0.2))["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("DeadlineExceeded", 504)
    assert error["Retryable"] is YES
    assert world.calls == 0


def test_reports_a_bug_as_an_internal_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "create_group_id", lambda *_: 1 / 0)
    error = world.handle(REQUEST)["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("InternalError", 500)
    assert error["Retryable"] is NO


def test_a_bug_before_the_calls_fails_every_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "current", lambda *_: 1 / 0)
    failed = world.failed([{"tenantId": "one1"}, {"tenantId": "two2"}])
    assert [result["Error"]["Code"] for result in failed["Results"]] == ["InternalError"] * 2
    assert world.calls == 0
