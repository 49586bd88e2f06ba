"""The error map of the contract, one row for each upstream code."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import errors
from onsmqtt_stub import Fault
from tests.world import an_http_event

if TYPE_CHECKING:
    from tests.world import World

NO, YES = False, True
REQUEST = {"GroupId": "GID_test"}
# The upstream code and its HTTP status in the documents; our code, HTTP status, retryable.
LISTED: tuple[tuple[str, int, str, int, bool], ...] = (
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
    ("IllegalTimestamp", 400, "UpstreamRejected", 502, YES),
    ("InvalidSecurityToken.Expired", 400, "CredentialsRejected", 500, YES),
    ("InvalidAccessKeyId.NotFound", 404, "CredentialsRejected", 500, NO),
    ("InvalidAccessKeyId.Inactive", 400, "CredentialsRejected", 500, NO),
    ("SignatureDoesNotMatch", 400, "CredentialsRejected", 500, NO),
    ("InvalidSecurityToken.Malformed", 400, "CredentialsRejected", 500, NO),
    ("InvalidSecurityToken.MismatchWithAccessKey", 400, "CredentialsRejected", 500, NO),
    ("MissingSecurityToken", 400, "CredentialsRejected", 500, NO),
    ("IncompleteSignature", 400, "CredentialsRejected", 500, NO),
    ("Forbidden.AccessKeyDisabled", 403, "CredentialsRejected", 500, NO),
    ("InvalidAccessKeyId", 404, "CredentialsRejected", 500, NO),
    ("GroupIdAlreadyExisted", 400, "GroupIdAlreadyExists", 409, NO),
)
# Any other code with 4xx and with 5xx, among them near misses of the rows above.
UNLISTED: tuple[tuple[str, int, str, int, bool], ...] = (
    ("InvalidVersion", 400, "UpstreamRejected", 502, NO),
    ("InvalidTimeStamp.Format", 400, "UpstreamRejected", 502, NO),
    ("InvalidSecurityToken", 400, "UpstreamRejected", 502, NO),
    ("MissingAction", 400, "UpstreamRejected", 502, NO),
    ("groupidalreadyexsited", 400, "UpstreamRejected", 502, NO),
    ("throttling.user", 400, "UpstreamRejected", 502, NO),
    ("InternalErrors", 400, "UpstreamRejected", 502, NO),
    ("SystemOverFlow", 500, "UpstreamInternalError", 502, YES),
    ("StubLacksAction", 501, "UpstreamInternalError", 502, YES),
)


def failed_call(world: World, fault: Fault) -> tuple[dict[str, Any], dict[str, Any]]:
    """POST a request whose every attempt fails; return the response and its `Error`."""
    world.backend.set_faults([fault])
    response = world.handle(an_http_event(REQUEST))
    return response, json.loads(response["body"])["Error"]


@pytest.mark.parametrize(("upstream", "status", "code", "ours", "retryable"), LISTED + UNLISTED)
def test_maps_an_upstream_code(
    upstream: str,
    status: int,
    code: str,
    ours: int,
    retryable: bool,
    world: World,
) -> None:
    response, error = failed_call(world, Fault("error", code=upstream, status=status))
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, ours, retryable)
    assert error["UpstreamCode"] == upstream
    assert error["Help"] == f"https://api.aliyun.com/troubleshoot?q={upstream}"
    assert ("Retry-After" in response["headers"]) == (code == "Throttled")


def test_the_kind_of_each_upstream_code() -> None:
    for upstream, _, code, status, retryable in LISTED:
        kind = errors.upstream_kind(upstream)
        assert kind, upstream
        assert (kind.code, kind.status, kind.retryable) == (code, status, retryable), upstream
    assert [row[0] for row in UNLISTED if errors.upstream_kind(row[0])] == []


def test_every_row_of_the_function_has_a_row_here() -> None:
    codes = {row[0] for row in LISTED}
    missing = [c for c in errors.UPSTREAM if not any(fnmatchcase(code, c) for code in codes)]
    assert missing == []


def test_at_most_one_prefix_of_the_function_fits_a_code() -> None:
    prefixes = [code.removesuffix("*") for code in errors.UPSTREAM if code.endswith("*")]
    fitting = [(one, other) for one in prefixes for other in prefixes if other.startswith(one)]
    assert fitting == [(prefix, prefix) for prefix in prefixes]


@pytest.mark.parametrize("status", (400, 403, 404, 429, 500, 503))
@pytest.mark.parametrize(("upstream", "code"), [(row[0], row[2]) for row in LISTED])
def test_maps_an_upstream_code_with_any_status(
    upstream: str, status: int, code: str, world: World
) -> None:
    _, error = failed_call(world, Fault("error", code=upstream, status=status))
    assert error["Code"] == code


@pytest.mark.parametrize(
    ("header", "code", "retry_after"),
    (
        ("1", "Throttled", "1"),
        ("1500", "Throttled", "2"),
        ("60000", "Throttled", "60"),
        ("soon", "UpstreamRejected", None),
        ("-1", "UpstreamRejected", None),
        ("999999999", "Throttled", "1000000"),
        ("9999999999", "UpstreamRejected", None),  # 115 days, which no service means
    ),
)
def test_an_unlisted_code_with_a_retry_after_header_is_throttled(
    header: str, code: str, retry_after: str | None, world: World
) -> None:
    fault = Fault("error", code="FlowControl", headers={"x-acs-retry-after": header})
    response, error = failed_call(world, fault)
    assert error["Code"] == code
    assert response["headers"].get("Retry-After") == retry_after


def test_maps_a_listed_code_with_a_retry_after_header(world: World) -> None:
    fault = Fault("error", code="NoPermission", headers={"x-acs-retry-after": "1000"})
    _, error = failed_call(world, fault)
    assert error["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("upstream", "calls"),
    (
        ("SignatureNonceUsed", 2),
        ("InvalidTimeStamp.Expired", 2),
        ("InvalidSecurityToken.Expired", 1),
        ("NoPermission", 1),
    ),
)
def test_retries_a_refused_time_stamp_or_nonce_once(
    upstream: str, calls: int, world: World
) -> None:
    failed_call(world, Fault("error", code=upstream))
    assert world.calls == calls
