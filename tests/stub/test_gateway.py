"""The gateway's errors with their documented code, status and text, and the order of its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import AccessKey, Backend, Settings, mock_onsmqtt
from tests.stub.client import HOST, INSTANCE, START, Client, Clock, timestamp

if TYPE_CHECKING:
    import requests

GROUP: dict[str, Any] = {"GroupId": "GID_test", "InstanceId": INSTANCE}


def refusal(response: requests.Response) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["Code"], body["Message"]


def with_settings(settings: Settings, clock: Clock) -> Client:
    return Client(Backend(clock=clock, settings=settings), f"https://{HOST}")


# As the pages of the gateway's common error codes have them.
DOCUMENTED = {
    "UnsupportedHTTPMethod": (403, "This http method is not supported."),
    "InvalidApi.NotFound": (404, "Specified api is not found,please check your url and method."),
    "MissingAction": (400, "Action is mandatory for this action."),
    "MissingVersion": (400, "Version is mandatory for this action."),
    "MissingTimestamp": (400, "Timestamp is mandatory for this action."),
    "MissingSignatureNonce": (400, "SignatureNonce is mandatory for this action."),
    "MissingGroupId": (400, "GroupId is mandatory for this action."),
    "MissingInstanceId": (400, "InstanceId is mandatory for this action."),
    "MissingSecurityToken": (400, "SecurityToken is mandatory for this action."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "InvalidAction.NotFound": (
        404,
        "Specified api is not found, please check your url and method.",
    ),
    "InvalidSecurityToken.MismatchWithAccessKey": (
        400,
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    "InvalidSecurityToken.Malformed": (400, "Specified SecurityToken is malformed."),
    "StubLacksAction": (501, "This stub of OnsMqtt does not implement the action."),
}


@pytest.mark.parametrize(
    ("wrong", "code"),
    (
        ({"method": "PUT"}, "UnsupportedHTTPMethod"),
        ({"method": "GET"}, "UnsupportedHTTPMethod"),
        ({"path": "/groups"}, "InvalidApi.NotFound"),
        ({"headers": {"x-acs-action": None}}, "MissingAction"),
        ({"headers": {"x-acs-version": None}}, "MissingVersion"),
        ({"headers": {"x-acs-date": None}}, "MissingTimestamp"),
        ({"headers": {"x-acs-signature-nonce": None}}, "MissingSignatureNonce"),
        ({"headers": {"x-acs-content-sha256": None}}, "IncompleteSignature"),
        ({"signature": "short"}, "IncompleteSignature"),
        ({"key": "nobody"}, "InvalidAccessKeyId.NotFound"),
        ({"headers": {"x-acs-date": "24 Nov 2026"}}, "InvalidTimeStamp.Format"),
        ({"headers": {"x-acs-date": "2026-13-24T00:00:00Z"}}, "InvalidTimeStamp.Format"),
        ({"headers": {"x-acs-date": timestamp(START - 901)}}, "InvalidTimeStamp.Expired"),
        ({"headers": {"x-acs-date": timestamp(START + 901)}}, "InvalidTimeStamp.Expired"),
        ({"headers": {"x-acs-version": "2019-01-01"}}, "InvalidVersion"),
        ({"action": "GetGroupId"}, "InvalidAction.NotFound"),
        ({"action": "ApplyToken"}, "StubLacksAction"),
        ({"GroupId": ""}, "MissingGroupId"),
        ({"InstanceId": ""}, "MissingInstanceId"),
        ({"key": "STS.testid"}, "MissingSecurityToken"),
        ({"key": "STS.testid", "token": "x"}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"token": "testtoken"}, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"key": "STS.testid", "token": "not a token"}, "InvalidSecurityToken.Malformed"),
    ),
)
def test_v3_refused(client: Client, wrong: dict[str, Any], code: str) -> None:
    status, message = DOCUMENTED[code]
    assert refusal(client.v3(**{**GROUP, **wrong})) == (status, code, message)
    call = client.backend.journal[-1]
    assert (call.verdict, call.committed, call.status) == (code, False, status)
    assert call.reason
    assert client.backend.groups() == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    (
        ({"Action": None}, "MissingAction"),
        ({"Version": None}, "MissingVersion"),
        ({"AccessKeyId": None}, "MissingAccessKeyId"),
        ({"SignatureNonce": None}, "MissingSignatureNonce"),
        ({"Timestamp": None}, "MissingTimestamp"),
        ({"SignatureMethod": None}, "MissingSignatureMethod"),
        ({"SignatureMethod": "HMAC-SHA256"}, "InvalidSignatureMethod"),
        ({"SignatureVersion": "2.0"}, "InvalidSignatureVersion"),
        ({"AccessKeyId": "nobody"}, "InvalidAccessKeyId.NotFound"),
        ({"Timestamp": "2026-11-24 00:00:00"}, "InvalidTimeStamp.Format"),
        ({"Timestamp": timestamp(START - 901)}, "InvalidTimeStamp.Expired"),
        ({"Signature": "AAAA"}, "SignatureDoesNotMatch"),
        ({"Version": "2019-01-01"}, "InvalidVersion"),
        ({"SecurityToken": "testtoken"}, "InvalidSecurityToken.MismatchWithAccessKey"),
    ),
)
def test_v1_refused(client: Client, wrong: dict[str, str | None], code: str) -> None:
    assert refusal(client.v1(**GROUP, common=wrong))[1] == code


def test_both_signatures_are_accepted(client: Client) -> None:
    assert client.v3(**GROUP).status_code == 200
    assert client.v1("DeleteGroupId", **GROUP).status_code == 200
    assert client.v3(**GROUP, key="STS.testid", token="testtoken").status_code == 200
    sts: Any = {"AccessKeyId": "STS.testid", "SecurityToken": "testtoken"}
    assert client.v1("DeleteGroupId", **GROUP, common=sts).status_code == 200


@pytest.mark.parametrize("skew", (-900, 900))
def test_clock_skew_within_the_window(client: Client, skew: int) -> None:
    headers: Any = {"x-acs-date": timestamp(START + skew)}
    assert client.v3(**GROUP, headers=headers).status_code == 200


def test_unsigned_request(client: Client) -> None:
    query = "Action=CreateGroupId&Version=2020-04-20&Format=JSON"
    assert refusal(client.send("POST", "/", query, {"host": HOST}))[1] == "MissingAccessKeyId"


def test_nonce_cannot_be_used_twice_in_its_window(client: Client, clock: Clock) -> None:
    headers: Any = {"x-acs-signature-nonce": "once"}
    assert client.v3("ListGroupId", InstanceId=INSTANCE, headers=headers).status_code == 200
    clock.now += 899
    again = client.v3("ListGroupId", InstanceId=INSTANCE, headers=headers)
    assert refusal(again) == (
        400,
        "SignatureNonceUsed",
        "Specified signature nonce was used already.",
    )
    clock.now += 1
    assert client.v3("ListGroupId", InstanceId=INSTANCE, headers=headers).status_code == 200


@pytest.mark.parametrize("burns", (False, True))
def test_wrong_signature_uses_its_nonce_if_set(clock: Clock, *, burns: bool) -> None:
    client = with_settings(Settings(wrong_signature_burns_nonce=burns), clock)
    headers: Any = {"x-acs-signature-nonce": "once"}
    with mock_onsmqtt(client.backend):
        wrong = client.v3(**GROUP, headers=headers, secret="wrong")
        assert refusal(wrong)[1] == "SignatureDoesNotMatch"
        again = client.v3(**GROUP, headers=headers)
    assert (again.status_code == 400) == burns


def test_disabled_key_and_expired_token(client: Client, clock: Clock) -> None:
    client.backend.add_key(AccessKey("offid", "s", active=False))
    assert refusal(client.v3(**GROUP, key="offid", secret="s"))[:2] == (
        400,
        "InvalidAccessKeyId.Inactive",
    )
    client.backend.add_key(AccessKey("STS.old", "s", "t", expires_at=START + 60))
    old: dict[str, Any] = {"key": "STS.old", "secret": "s", "token": "t"}
    assert client.v3(**GROUP, **old).status_code == 200
    clock.now += 60
    assert refusal(client.v3(**GROUP, **old))[1] == "InvalidSecurityToken.Expired"


def test_denied_action_is_refused_by_the_gateway(client: Client) -> None:
    client.backend.deny("CreateGroupId")
    response = client.create()
    assert refusal(response) == (403, "NoPermission", "You are not authorized to do this action.")
    detail = response.json()["AccessDeniedDetail"]
    assert detail["AuthAction"] == "mq:CreateMqttGroupId"
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert client.v3("ListGroupId", InstanceId=INSTANCE).status_code == 200


def test_denied_action_is_refused_by_the_product_if_set(clock: Clock) -> None:
    client = with_settings(Settings(ram_denial="product"), clock)
    client.backend.deny("CreateGroupId")
    with mock_onsmqtt(client.backend):
        assert refusal(client.create())[:2] == (400, "PermissionCheckFailed")


def test_missing_parameter_is_refused_by_the_product_if_set(clock: Clock) -> None:
    client = with_settings(Settings(missing_parameter="product"), clock)
    with mock_onsmqtt(client.backend):
        assert refusal(client.v3(InstanceId=INSTANCE))[:2] == (400, "ParameterFieldCheckFailed")


def test_host_is_checked_if_set(clock: Clock) -> None:
    client = with_settings(Settings(any_host=False), clock)
    with mock_onsmqtt(client.backend):
        assert refusal(client.v3(**GROUP, host="localhost"))[:2] == (404, "InvalidProduct.NotFound")
        assert client.v3(**GROUP, host="onsmqtt-vpc.cn-hangzhou.aliyuncs.com").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "code"),
    (
        # Each has two faults; the earlier check speaks.
        ({"method": "PUT", "key": "nobody"}, "UnsupportedHTTPMethod"),
        ({"headers": {"x-acs-date": None}, "key": "nobody"}, "MissingTimestamp"),
        ({"key": "nobody", "headers": {"x-acs-date": "x"}}, "InvalidAccessKeyId.NotFound"),
        ({"headers": {"x-acs-date": "x"}, "secret": "wrong"}, "InvalidTimeStamp.Format"),
        ({"secret": "wrong", "action": "None"}, "SignatureDoesNotMatch"),
        ({"headers": {"x-acs-version": "1"}, "action": "None"}, "InvalidVersion"),
        ({"action": "None", "GroupId": ""}, "InvalidAction.NotFound"),
        ({"GroupId": "", "InstanceId": "none"}, "MissingGroupId"),
    ),
)
def test_order_of_the_checks(client: Client, wrong: dict[str, Any], code: str) -> None:
    assert refusal(client.v3(**{**GROUP, **wrong}))[1] == code


def test_an_error_has_the_time_of_the_clock(client: Client, clock: Clock) -> None:
    # RFC 9110, 6.6.1: a server with a clock must send Date with a 4xx.
    refused = client.v3(**GROUP, headers={"x-acs-date": timestamp(START - 901)})
    assert refused.headers["Date"] == "Tue, 24 Nov 2026 00:00:00 GMT"
    clock.now += 3600
    unknown = client.v3(**{**GROUP, "InstanceId": "mqtt-unknown"})
    assert unknown.headers["Date"] == "Tue, 24 Nov 2026 01:00:00 GMT"
