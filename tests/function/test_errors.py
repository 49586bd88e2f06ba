"""The error map: a row each, to be held beside the contract's table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses

from create_group_id.client import Client
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from tests.world import World

NO, YES = False, True
REQUEST = {"GroupId": "GID_test"}
# Upstream code, the HTTP status that the documents give it; our code, HTTP status, retryable.
UPSTREAM: tuple[tuple[str, int, str, int, bool], ...] = (
    ("GroupIdAlreadyExsited", 400, "GroupIdAlreadyExists", 409, NO),
    ("GroupIdAlreadyUsedByOtherUsers", 400, "GroupIdUsedByAnotherAccount", 409, NO),
    ("ParameterFieldCheckFailed", 400, "InvalidParameter", 400, NO),
    ("ParameterCheckFailed", 400, "InvalidParameter", 400, NO),
    ("InvalidParameter", 400, "InvalidParameter", 400, NO),
    ("InvalidParameter.Format", 400, "InvalidParameter", 400, NO),
    ("InvalidParameterValue", 400, "InvalidParameter", 400, NO),
    ("MissingGroupId", 400, "InvalidParameter", 400, NO),
    ("MissingInstanceId", 400, "InvalidParameter", 400, NO),
    ("InstancePermissionCheckFailed", 400, "InstanceAccessDenied", 403, NO),
    ("PermissionCheckFailed", 400, "AccessDenied", 403, NO),
    ("NoPermission", 403, "AccessDenied", 403, NO),
    ("Forbidden", 403, "AccessDenied", 403, NO),
    ("Forbidden.RAM", 403, "AccessDenied", 403, NO),
    ("InstanceNotFound", 400, "InstanceNotFound", 404, NO),
    ("CreateGroupIdError", 500, "CreateGroupIdFailed", 502, YES),
    ("InternalError", 500, "UpstreamInternalError", 502, YES),
    ("Throttling", 400, "Throttled", 429, YES),
    ("Throttling.User", 400, "Throttled", 429, YES),
    ("Throttling.Api.Concurrency", 503, "Throttled", 429, YES),
    ("ServiceUnavailable", 503, "UpstreamUnavailable", 503, YES),
    ("SignatureNonceUsed", 400, "UpstreamRejected", 502, YES),
    ("InvalidTimeStamp.Expired", 400, "UpstreamRejected", 502, YES),
    ("InvalidSecurityToken.Expired", 400, "CredentialsRejected", 500, YES),
    ("InvalidAccessKeyId.NotFound", 404, "CredentialsRejected", 500, NO),
    ("InvalidAccessKeyId.Inactive", 400, "CredentialsRejected", 500, NO),
    ("SignatureDoesNotMatch", 400, "CredentialsRejected", 500, NO),
    ("InvalidSecurityToken.Malformed", 400, "CredentialsRejected", 500, NO),
    ("InvalidSecurityToken.MismatchWithAccessKey", 400, "CredentialsRejected", 500, NO),
    ("MissingSecurityToken", 400, "CredentialsRejected", 500, NO),
    ("Forbidden.AccessKeyDisabled", 403, "CredentialsRejected", 500, NO),
    # Any other with 4xx and with 5xx: the near misses of the rows above among them.
    ("InvalidVersion", 400, "UpstreamRejected", 502, NO),
    ("InvalidTimeStamp.Format", 400, "UpstreamRejected", 502, NO),
    ("InvalidAccessKeyId", 404, "UpstreamRejected", 502, NO),
    ("InvalidSecurityToken", 400, "UpstreamRejected", 502, NO),
    ("MissingAction", 400, "UpstreamRejected", 502, NO),
    ("groupidalreadyexsited", 400, "UpstreamRejected", 502, NO),
    ("GroupIdAlreadyExisted", 400, "UpstreamRejected", 502, NO),
    ("throttling.user", 400, "UpstreamRejected", 502, NO),
    ("InternalErrors", 400, "UpstreamRejected", 502, NO),
    ("SystemOverFlow", 500, "UpstreamInternalError", 502, YES),
    ("StubLacksAction", 501, "UpstreamInternalError", 502, YES),
)
FALLBACKS = {"UpstreamInternalError", "UpstreamRejected"}


def answered(world: World, fault: Fault) -> tuple[dict[str, Any], dict[str, Any]]:
    """POST a request whose every attempt meets the fault; give the struct and its error."""
    world.backend.set_faults([fault])
    response = world.handle(an_http_event(REQUEST))
    return response, json.loads(response["body"])["Error"]


@pytest.mark.parametrize(("upstream", "status", "code", "ours", "retryable"), UPSTREAM)
def test_a_row(
    upstream: str,
    status: int,
    code: str,
    ours: int,
    retryable: bool,
    world: World,
) -> None:
    response, error = answered(world, Fault("error", code=upstream, status=status))
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, ours, retryable)
    assert error["UpstreamCode"] == upstream
    assert error["Help"] == f"https://api.aliyun.com/troubleshoot?q={upstream}"
    assert ("Retry-After" in response["headers"]) == (code == "Throttled")


@pytest.mark.parametrize("status", (400, 403, 404, 429, 500, 503))
@pytest.mark.parametrize(
    ("upstream", "code"), [(row[0], row[2]) for row in UPSTREAM if row[2] not in FALLBACKS]
)
def test_a_row_matches_on_the_code_alone(
    upstream: str, status: int, code: str, world: World
) -> None:
    _, error = answered(world, Fault("error", code=upstream, status=status))
    assert error["Code"] == code


@pytest.mark.parametrize(
    ("header", "code", "retry_after"),
    (
        ("1", "Throttled", "1"),
        ("1500", "Throttled", "2"),
        ("60000", "Throttled", "60"),
        ("soon", "UpstreamRejected", None),
        ("-1", "UpstreamRejected", None),
    ),
)
def test_an_unlisted_code_that_says_when_to_retry_is_throttled(
    header: str, code: str, retry_after: str | None, world: World
) -> None:
    fault = Fault("error", code="FlowControl", headers={"x-acs-retry-after": header})
    response, error = answered(world, fault)
    assert error["Code"] == code
    assert response["headers"].get("Retry-After") == retry_after


def test_a_listed_code_stays_what_it_is_whenever_to_retry(world: World) -> None:
    fault = Fault("error", code="NoPermission", headers={"x-acs-retry-after": "1000"})
    _, error = answered(world, fault)
    assert error["Code"] == "AccessDenied"


def test_a_throttled_answer_may_come_as_a_302(world: World) -> None:
    with responses.RequestsMock() as front:
        body = {"RequestId": "A", "Code": "Throttling.User", "Message": "m"}
        front.post("https://onsmqtt.cn-hangzhou.aliyuncs.com/", status=302, json=body)
        error = world.post(REQUEST)["Error"]
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == ("Throttled", 429, YES)
    assert "OutcomeUnknown" not in error


@pytest.mark.parametrize(
    ("fault", "code", "ours", "retryable", "unknown"),
    (
        (Fault("delay", when="after", delay=90), "UpstreamTimeout", 504, YES, YES),
        (Fault("delay", when="before", delay=90), "UpstreamTimeout", 504, YES, YES),
        (Fault("refuse"), "UpstreamUnreachable", 503, YES, NO),
        (Fault("reset", when="after"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("reset", when="answer"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("not_json"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("not_json", status=403), "UpstreamBadResponse", 502, YES, NO),
        (Fault("not_json", status=502), "UpstreamBadResponse", 502, YES, YES),
        (Fault("wrong_type"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("empty"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("oversized"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("truncated"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("redirect"), "UpstreamBadResponse", 502, NO, NO),
        (Fault("redirect", status=307), "UpstreamBadResponse", 502, NO, NO),
        (Fault("error", code="InternalError", status=500), "UpstreamInternalError", 502, YES, YES),
        (Fault("error", code="Throttling", status=503), "Throttled", 429, YES, NO),
        (Fault("error", code="SignatureNonceUsed"), "UpstreamRejected", 502, YES, YES),
        (Fault("error", code="InvalidTimeStamp.Expired"), "UpstreamRejected", 502, YES, NO),
    ),
)
def test_what_a_call_ends_in_otherwise(
    fault: Fault,
    code: str,
    ours: int,
    retryable: bool,
    unknown: bool,
    world: World,
) -> None:
    _, error = answered(world, fault)
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, ours, retryable)
    assert error.get("OutcomeUnknown", False) == unknown


def test_a_redirect_is_not_followed(world: World) -> None:
    answered(world, Fault("redirect", location="https://onsmqtt.cn-beijing.aliyuncs.com/"))
    assert world.calls == 1


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
def test_what_the_function_finds_itself_is_not_retryable(
    event: dict[str, Any], environ: dict[str, str], code: str, status: int, world: World
) -> None:
    world.environ.update(environ)
    response = world.handle(event)
    error = json.loads(response["body"])["Error"]
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, status, NO)
    assert response["statusCode"] == status
    assert not {"UpstreamCode", "Help", "OutcomeUnknown"} & error.keys()
    assert world.calls == 0


def test_without_credentials(world: World) -> None:
    error = world.handle(REQUEST, a_context(credentials=None))["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("CredentialsMissing", 500)
    assert error["Retryable"] is NO


def test_without_time_for_any_attempt(world: World) -> None:
    error = world.handle(REQUEST, a_context(timeout=0.2))["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("DeadlineExceeded", 504)
    assert error["Retryable"] is YES
    assert world.calls == 0


def test_a_bug_of_ours(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "create_group_id", lambda *_: 1 / 0)
    error = world.handle(REQUEST)["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("InternalError", 500)
    assert error["Retryable"] is NO
