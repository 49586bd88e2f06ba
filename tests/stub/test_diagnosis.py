"""A wrong signature: the response quotes the string to sign, and the state explains the mistake."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from onsmqtt_stub import AccessKey
from onsmqtt_stub._snapshot import snapshot
from tests.stub.client import HOST, INSTANCE, Client

UNKNOWN = "no common mistake explains it; check the access key secret"
TAG = "c d/*~"
GROUP: dict[str, Any] = {"GroupId": "GID_test", "InstanceId": INSTANCE, "Tag.1.Key": TAG}


def query(encode: Any, *, names: tuple[str, ...] = ("GroupId", "InstanceId", "Tag.1.Key")) -> str:
    return "&".join(f"{encode(name)}={encode(GROUP[name])}" for name in names)


@pytest.mark.parametrize(
    ("wrong", "explanation"),
    (
        ({"secret": "testsecret&"}, "the client signed with & after the secret; V3 adds nothing"),
        ({"signed_query": query(quote_plus)}, "the client encoded a space as +, not as %20"),
        ({"signed_query": query(quote)}, "the client did not encode / as %2F"),
        ({"signed_query": query(str)}, "the client did not percent-encode the parameters"),
        ({"signed_query": ""}, "the client left out the parameters"),
        (
            {"secret": "another"},
            UNKNOWN,
        ),
    ),
)
def test_v3_mistake_is_named(client: Client, wrong: dict[str, Any], explanation: str) -> None:
    assert client.v3(**GROUP, **wrong).json()["Code"] == "SignatureDoesNotMatch"
    assert client.backend.journal[-1].reason == f"the signature does not match: {explanation}"
    (failed,) = snapshot(client.backend)["signatures"]
    assert failed["explanation"] == explanation
    assert failed["lines"][0]["server"] == "POST"
    if "signed_query" in wrong:
        assert failed["lines"][2] == {
            "server": "GroupId=GID_test&InstanceId=mqtt-cn-0pp1ldu0001&Tag.1.Key=c%20d%2F%2A~",
            "client": wrong["signed_query"],
        }


def test_v3_parameters_out_of_order(client: Client) -> None:
    names = ("Tag.1.Key", "GroupId", "InstanceId")
    sent = query(lambda text: quote(text, safe=""), names=names)
    client.v3(**GROUP, query=sent, signed_query=sent)
    assert client.backend.journal[-1].reason.endswith("the client did not sort the parameters")


def v1_signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha1)).decode()


@pytest.mark.parametrize(
    ("key", "method", "explanation"),
    (
        ("testsecret", "POST", "the client signed with the secret; V1 adds & to it"),
        ("testsecret&", "GET", "the client signed GET but sent POST"),
        ("another&", "POST", UNKNOWN),
    ),
)
def test_v1_mistake_is_named(client: Client, key: str, method: str, explanation: str) -> None:
    common: dict[str, str] = {
        "AccessKeyId": "testid",
        "Action": "ListGroupId",
        "Format": "JSON",
        "InstanceId": INSTANCE,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "n",
        "SignatureVersion": "1.0",
        "Timestamp": "2026-11-24T00:00:00Z",
        "Version": "2020-04-20",
    }
    text = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in common.items())
    signature = v1_signature(key, f"{method}&%2F&{quote(text, safe='')}")
    client.v1("ListGroupId", common={**common, "Signature": signature})
    assert client.backend.journal[-1].reason == f"the signature does not match: {explanation}"


def test_message_quotes_the_string_to_sign_and_the_token(client: Client) -> None:
    """The real gateway leaks the token in this way, and clients must not log it."""
    sts: dict[str, Any] = {"key": "STS.testid", "token": "testtoken", "secret": "wrong"}
    message = client.v3(**GROUP, **sts).json()["Message"]
    assert message.startswith(
        "Specified signature does not match our calculation. server StringToSign is "
        "[ACS3-HMAC-SHA256\n"
    )
    assert (
        f"server CanonicalRequest is [POST\n/\n{query(lambda text: quote(text, safe=''))}"
        in message
    )
    assert "x-acs-security-token:testtoken" in message
    common: dict[str, str | None] = {"AccessKeyId": "STS.testid", "SecurityToken": "testtoken"}
    message = client.v1(**GROUP, secret="wrong", common=common).json()["Message"]
    assert message.startswith(
        "Specified signature is not matched with our calculation. "
        "server string to sign is:POST&%2F&"
    )
    assert "SecurityToken%3Dtesttoken" in message


def test_state_contains_no_secret_and_no_token(client: Client) -> None:
    token = "tok/en+secret=="
    client.backend.add_key(AccessKey("STS.other", "other-secret", token))
    sts: dict[str, Any] = {"key": "STS.other", "token": token}
    client.v3(**GROUP, **sts, secret="wrong")
    client.v3(**GROUP, **sts, secret="other-secret&")
    common: dict[str, str | None] = {"AccessKeyId": "STS.other", "SecurityToken": token}
    client.v1(**GROUP, common=common, secret="wrong")
    client.v1(**GROUP, common=common, secret="other-secret&")
    client.send("POST", "/", f"SecurityToken={quote(token)}", {"host": HOST})
    state = snapshot(client.backend)
    assert len(state["signatures"]) == 4
    assert len(state["calls"]) == 5
    shown = json.dumps(state) + repr(client.backend.journal) + repr(client.backend.state.keys)
    forms = (token, quote(token, safe=""), quote(quote(token, safe=""), safe=""), "en+secret")
    for secret in (*forms, "en%2Bsecret", "other-secret", "testsecret", "testtoken"):
        assert secret not in shown
    assert {"server": "x-acs-security-token:***", "client": "x-acs-security-token:***"} in (
        state["signatures"][1]["lines"]
    )
