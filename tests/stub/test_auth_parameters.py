"""A signature is valid only if it covers all that it must, and is right to the last character."""

from __future__ import annotations

import base64

import pytest

from onsmqtt_stub import signatures
from onsmqtt_stub._auth_parameters import read_auth_parameters
from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._rpc import RpcRequest, read_call
from tests.stub.client import INSTANCE, START, Client, timestamp

HEADERS = {
    "host": "onsmqtt.cn-hangzhou.aliyuncs.com",
    "x-acs-action": "ListGroupId",
    "x-acs-content-sha256": signatures.EMPTY_SHA256,
    "x-acs-date": "2026-11-24T00:00:00Z",
    "x-acs-security-token": "testtoken",
    "x-acs-signature-nonce": "n",
    "x-acs-version": "2020-04-20",
}


def security_token(sent: set[str], signed: set[str]) -> str | None:
    headers = {name: HEADERS[name] for name in sent}
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential=k,SignedHeaders={';'.join(sorted(signed))},"
        f"Signature={'0' * 64}"
    )
    request = RpcRequest("POST", "/", "", headers)
    return read_auth_parameters(request, read_call(request)).security_token


def test_all_headers_sent_and_signed() -> None:
    assert security_token(set(HEADERS), set(HEADERS)) == "testtoken"
    without_token = set(HEADERS) - {"x-acs-security-token"}
    assert security_token(without_token, without_token) is None


@pytest.mark.parametrize("header", HEADERS)
def test_header_that_is_not_signed(header: str) -> None:
    with pytest.raises(ApiError, match=f"IncompleteSignature: {header} must be sent and signed"):
        security_token(set(HEADERS), set(HEADERS) - {header})


@pytest.mark.parametrize("header", ("host", "x-acs-content-sha256"))
def test_header_that_is_signed_but_not_sent(header: str) -> None:
    with pytest.raises(ApiError, match=f"IncompleteSignature: {header} must be sent and signed"):
        security_token(set(HEADERS) - {header}, set(HEADERS))


def test_v3_signature_with_a_wrong_last_character(client: Client) -> None:
    headers: dict[str, str | None] = {"x-acs-signature-nonce": "n"}
    sent = {
        **{name: value for name, value in HEADERS.items() if name != "x-acs-security-token"},
        "x-acs-signature-nonce": "n",
    }
    canonical = signatures.acs3_canonical_request(
        "POST", "/", f"InstanceId={INSTANCE}", sent, tuple(sent), signatures.EMPTY_SHA256
    )
    to_sign = signatures.acs3_string_to_sign(canonical)
    right = signatures.acs3_signature("testsecret", to_sign)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    for signature, status in ((wrong, 400), (right, 200)):
        response = client.v3(
            "ListGroupId", InstanceId=INSTANCE, headers=headers, signature=signature
        )
        assert response.status_code == status


def test_v1_signature_with_a_wrong_last_byte(client: Client) -> None:
    common = {
        "Action": "ListGroupId",
        "Version": "2020-04-20",
        "Format": "JSON",
        "AccessKeyId": "testid",
        "SignatureNonce": "n",
        "Timestamp": timestamp(START),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "InstanceId": INSTANCE,
    }
    to_sign = signatures.rpc_string_to_sign("POST", common.items())
    right = base64.b64decode(signatures.rpc_signature("testsecret", to_sign))
    wrong = right[:-1] + bytes([right[-1] ^ 1])
    for signature, status in ((wrong, 400), (right, 200)):
        signed: dict[str, str | None] = {
            **common,
            "Signature": base64.b64encode(signature).decode(),
        }
        assert client.v1("ListGroupId", common=signed).status_code == status
