"""The signature, by the documented vectors and by the official SDK."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from alibabacloud_onsmqtt20200420.client import Client
from alibabacloud_onsmqtt20200420.models import CreateGroupIdRequest
from alibabacloud_tea_openapi.models import Config
from hypothesis import given
from hypothesis import strategies as st

from create_group_id.signature import EMPTY_BODY, authorization, canonical_query

GROUP = [("GroupId", "GID_test"), ("InstanceId", "mqtt-cn-0pp1ldu0001")]
HEADERS = {
    "host": "onsmqtt.cn-hangzhou.aliyuncs.com",
    "x-acs-action": "CreateGroupId",
    "x-acs-content-sha256": EMPTY_BODY,
    "x-acs-date": "2026-11-24T00:00:00Z",
    "x-acs-signature-nonce": "00000000000040008000000000000001",
    "x-acs-version": "2020-04-20",
}
TOKEN = {"x-acs-accesskey-id": "testid", "x-acs-security-token": "CAIS+tok/en=="}
TAG = [("Tag.1.Key", "a b"), ("Tag.1.Value", "c+d*~/ä")]


def test_signs_the_documented_example() -> None:
    # https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
    query = canonical_query(
        [
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    signed = authorization("POST", query, headers, "YourAccessKeyId", "YourAccessKeySecret")
    assert signed == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize(
    ("parameters", "headers", "signature"),
    (
        (GROUP, {}, "349d214ddc251d83b0add55007f214852bd9911c8c2215541d612005f1ed5ba9"),
        (GROUP, TOKEN, "4c4d310d5c07bf162a869f23d195bc75464a15e6860847f9e8c6ae39127bed2b"),
        (
            GROUP + TAG,
            {},
            "1878e84169e3e592b297f8ebc642c4b27e3e28765343047fa173267ef195128b",
        ),
    ),
    ids=("key", "token", "tag"),
)
def test_signs_the_vectors_of_this_product(
    parameters: list[tuple[str, str]], headers: dict[str, str], signature: str
) -> None:
    signed = authorization(
        "POST", canonical_query(parameters), HEADERS | headers, "testid", "testsecret"
    )
    assert signed.endswith(f"Signature={signature}")


@pytest.mark.parametrize("token", ("", "CAIS+tok/en=="))
@pytest.mark.parametrize("tags", (None, '[{"Key":"a b","Value":"c+d*~/ä"}]', "100 % / *'()~"))
def test_signs_as_the_official_sdk_does(token: str, tags: str | None) -> None:
    config = Config(
        access_key_id="testid",
        access_key_secret="testsecret",
        security_token=token or None,
        region_id="cn-hangzhou",
    )
    with responses.RequestsMock() as mock:
        mock.post("https://onsmqtt.cn-hangzhou.aliyuncs.com/", json={"RequestId": "1"})
        Client(config).create_group_id(
            CreateGroupIdRequest(group_id="GID_test", instance_id="mqtt-cn-1", tags=tags)
        )
        request: Any = mock.calls[0].request
    expected = request.headers["Authorization"]
    names = expected.split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: request.headers[name] for name in names}
    query = canonical_query(parse_qsl(urlsplit(request.url).query))
    assert authorization("POST", query, headers, "testid", "testsecret") == expected


def percent_encoded(text: str) -> str:
    """Encode a text byte by byte, by RFC 3986."""
    unreserved = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return "".join(chr(b) if b in unreserved else f"%{b:02X}" for b in text.encode())


@given(
    st.dictionaries(st.text(min_size=1), st.text()),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1),
)
def test_signs_any_text_by_the_documented_algorithm(values: dict[str, str], secret: str) -> None:
    query = "&".join(
        f"{percent_encoded(name)}={percent_encoded(values[name])}"
        for name in sorted(values, key=lambda name: name.encode())
    )
    assert canonical_query(values.items()) == query
    canonical = f"POST\n/\n{query}\nhost:h\nx-acs-date:d\n\nhost;x-acs-date\n{EMPTY_BODY}"
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    expected = hmac.digest(secret.encode(), to_sign.encode(), "sha256").hex()
    signed = authorization("POST", query, {"x-acs-date": "d", "host": "h"}, "id", secret)
    assert signed.endswith(f"Signature={expected}")
