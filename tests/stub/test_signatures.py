"""The signatures against the examples of the documents, and vectors from other implementations."""

from __future__ import annotations

import pytest

from onsmqtt_stub import signatures

PRODUCT_V1 = {
    "AccessKeyId": "testid",
    "Action": "CreateGroupId",
    "Format": "JSON",
    "GroupId": "GID_test",
    "InstanceId": "mqtt-cn-0pp1ldu0001",
    "RegionId": "cn-hangzhou",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "00000000-0000-4000-8000-000000000001",
    "SignatureVersion": "1.0",
    "Timestamp": "2026-11-24T00:00:00Z",
    "Version": "2020-04-20",
}
A1 = "a1" * 32
TAG = {"Tag.1.Key": "a b", "Tag.1.Value": "c+d*~/ä"}
PRODUCT_V3 = {
    "host": "onsmqtt.cn-hangzhou.aliyuncs.com",
    "x-acs-action": "CreateGroupId",
    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "x-acs-date": "2026-11-24T00:00:00Z",
    "x-acs-signature-nonce": "00000000000040008000000000000001",
    "x-acs-version": "2020-04-20",
}
GROUP = {"GroupId": "GID_test", "InstanceId": "mqtt-cn-0pp1ldu0001"}


def v1(method: str, secret: str, parameters: dict[str, str]) -> str:
    to_sign = signatures.rpc_string_to_sign(method, parameters.items())
    return signatures.rpc_signature(secret, to_sign)


def test_v1_current_document() -> None:
    parameters = {
        "AccessKeyId": "testid",
        "Action": "DescribeDedicatedHosts",
        "Format": "JSON",
        "RegionId": "cn-beijing",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "edb2b34af0af9a6d14deaf7c1a5315eb",
        "SignatureVersion": "1.0",
        "Timestamp": "2023-03-13T08:34:30Z",
        "Version": "2014-05-26",
    }
    assert signatures.rpc_string_to_sign("GET", parameters.items()) == (
        "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeDedicatedHosts%26Format%3DJSON%26RegionId"
        "%3Dcn-beijing%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce"
        "%3Dedb2b34af0af9a6d14deaf7c1a5315eb%26SignatureVersion%3D1.0%26Timestamp"
        "%3D2023-03-13T08%253A34%253A30Z%26Version%3D2014-05-26"
    )
    assert v1("GET", "testsecret", parameters) == "9NaGiOspFP5UPcwX8Iwt2YJXXuk="


def test_v1_classic_document() -> None:
    parameters = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }
    assert v1("GET", "testsecret", parameters) == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


def test_v1_document_beyond_ascii() -> None:
    parameters = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert v1("GET", "testSecret", parameters) == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


@pytest.mark.parametrize(
    ("method", "more", "signature"),
    (
        ("GET", {}, "XDhKpg0DjBs3l5lp28//RpAv20o="),
        ("POST", {}, "UgFvYJBqWIDFDNZfBhILbpsIftY="),
        ("POST", {"SecurityToken": "CAIS+tok/en=="}, "vLAdvJcUHk0V3JNzfogvlTNwBfk="),
        ("POST", TAG, "RaZsZbuuzm3N33wQka7v7+mAmfw="),
    ),
)
def test_v1_for_onsmqtt(method: str, more: dict[str, str], signature: str) -> None:
    assert v1(method, "testsecret", {**PRODUCT_V1, **more}) == signature


def test_v3_document() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": PRODUCT_V3["x-acs-content-sha256"],
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = signatures.canonical_query(
        [
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ]
    )
    canonical = signatures.acs3_canonical_request(
        "POST", "/", query, headers, tuple(headers), signatures.payload_hash(b"")
    )
    to_sign = signatures.acs3_string_to_sign(canonical)
    assert to_sign == (
        "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    )
    assert signatures.acs3_signature("YourAccessKeySecret", to_sign) == (
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize(
    ("headers", "parameters", "hashed", "signature"),
    (
        (
            {},
            {},
            "eddf5df39c5a51a635c99b957c4ee4cde89e7873410a161cdd6415967b49ae37",
            "349d214ddc251d83b0add55007f214852bd9911c8c2215541d612005f1ed5ba9",
        ),
        (
            {"x-acs-accesskey-id": "testid", "x-acs-security-token": "CAIS+tok/en=="},
            {},
            "fbb29006e22314d3920eca7d2f8abcc393f77b2e69457204fa9643a860ef5bdb",
            "4c4d310d5c07bf162a869f23d195bc75464a15e6860847f9e8c6ae39127bed2b",
        ),
        (
            {},
            TAG,
            "8d11f6399c87760e9dea24e5e58adbd471962caad7c8d3181884e4dc99ffbe87",
            "1878e84169e3e592b297f8ebc642c4b27e3e28765343047fa173267ef195128b",
        ),
    ),
)
def test_v3_for_onsmqtt(
    headers: dict[str, str], parameters: dict[str, str], hashed: str, signature: str
) -> None:
    sent = {**PRODUCT_V3, **headers}
    query = signatures.canonical_query({**GROUP, **parameters}.items())
    canonical = signatures.acs3_canonical_request(
        "POST", "/", query, sent, tuple(sent), signatures.EMPTY_SHA256
    )
    to_sign = signatures.acs3_string_to_sign(canonical)
    assert to_sign.split("\n") == ["ACS3-HMAC-SHA256", hashed]
    assert signatures.acs3_signature("testsecret", to_sign) == signature


@pytest.mark.parametrize(
    "value",
    (
        "",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=zz",
        f"ACS3-HMAC-SHA256 SignedHeaders=host,Signature={'0' * 64}",
        f"ACS3-HMAC-SHA256 Credential=a,SignedHeaders=HOST,Signature={'0' * 64}",
        f"ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature={'0' * 64}",
    ),
)
def test_malformed_authorization(value: str) -> None:
    assert signatures.parse_authorization(value) is None


def test_authorization_is_parsed() -> None:
    value = (
        f"ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x-acs-date,Signature={'a1' * 32}"
    )
    assert signatures.parse_authorization(value) == ("testid", ("host", "x-acs-date"), A1)
