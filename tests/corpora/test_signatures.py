"""Every signature of the project, compared with those of both official SDKs, over odd strings.

The vectors of the documents are in tests/function/test_signature.py and
tests/stub/test_signatures.py.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests
from alibabacloud_openapi_util.client import Client as OpenApiUtil
from aliyunsdkcore.auth.composer import rpc_signature_composer
from Tea.request import TeaRequest

from create_group_id import signature
from create_group_id_tools.remote import acs3
from create_group_id_tools.runtime.context import AccessCredentials
from onsmqtt_stub import AccessKey, signatures
from tests.corpora import strings
from tests.world import World, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator

STRINGS = strings.strings()
NAMES = ("GroupId", "InstanceId", "RegionId", "Tag.1.Key", "Tag.1.Value", "Tag.10.Key", "Tag.2.Key")
KEYS = [
    text for text in STRINGS if text and text.isascii() and text.isprintable() and " " not in text
]


def parameters() -> Iterator[dict[str, str]]:
    """Yield the parameters of calls, so that each string is the value of each name once."""
    for number in range(len(STRINGS)):
        yield {name: STRINGS[number - place] for place, name in enumerate(NAMES)}


def by_the_sdk(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], secret: str, body: str
) -> str:
    request = TeaRequest()
    request.method, request.pathname, request.query, request.headers = method, path, query, headers
    algorithm = "ACS3-HMAC-SHA256"
    return str(OpenApiUtil.get_authorization(request, algorithm, body, "testid", secret))


def test_version_3_of_the_function_and_of_the_stub() -> None:
    headers = {
        "host": "onsmqtt.cn-hangzhou.aliyuncs.com",
        "x-acs-action": "CreateGroupId",
        "x-acs-date": "2026-11-24T00:00:00Z",
        "accept": "application/json",
    }
    empty = signature.EMPTY_BODY
    for number, query in enumerate(parameters()):
        secret = KEYS[number % len(KEYS)]
        sent = headers | {"x-acs-security-token": KEYS[-number % len(KEYS)]}
        expected = by_the_sdk("POST", "/", query, sent, secret, empty)
        encoded = signature.canonical_query(query.items())
        assert signature.authorization("POST", encoded, sent, "testid", secret) == expected
        assert dict(parse_qsl(encoded, keep_blank_values=True, strict_parsing=True)) == query

        parsed = signatures.parse_authorization(expected)
        assert parsed is not None
        canonical = signatures.acs3_canonical_request(
            "POST",
            "/",
            signatures.canonical_query(query.items()),
            sent,
            parsed.signed_headers,
            empty,
        )
        to_sign = signatures.acs3_string_to_sign(canonical)
        assert signatures.acs3_signature(secret, to_sign) == parsed.signature


def test_version_1_of_the_stub() -> None:
    for number, query in enumerate(parameters()):
        secret = KEYS[number % len(KEYS)]
        for method in ("GET", "POST"):
            to_sign = signatures.rpc_string_to_sign(method, query.items())
            ours = signatures.rpc_signature(secret, to_sign)
            assert ours == OpenApiUtil.get_rpcsignature(query, method, secret)
            url, composed = rpc_signature_composer.get_signed_url(
                dict(query), "testid", secret, "JSON", method, {}
            )
            sent = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
            assert sent.items() >= query.items()
            assert signatures.rpc_string_to_sign(method, sent.items()) == composed
            assert signatures.rpc_signature(secret, composed) == sent["Signature"]


def test_version_3_of_the_tools() -> None:
    for number, text in enumerate(STRINGS):
        secret = KEYS[number % len(KEYS)]
        # Only visible ASCII can be in an address; requests encodes the rest again.
        query = {"q": text, "r": STRINGS[-number]}
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        request = requests.Request("POST", f"https://a.fcapp.run/x?{encoded}").prepare()
        request.headers["X-Fc-Log-Type"] = f" {KEYS[-number % len(KEYS)]}\t"
        acs3.sign(request, AccessCredentials("testid", secret, "token"), 1_795_510_404.9)
        names = ("host", "x-acs-date", "x-acs-security-token", "x-fc-log-type")
        headers = {name: str(request.headers[name]) for name in names}
        expected = by_the_sdk("POST", "/x", query, headers, secret, "")
        assert re.split(r",\s*", str(request.headers["Authorization"])) == expected.split(",")


@pytest.mark.parametrize(
    "step", (pytest.param(29, id="some"), pytest.param(1, marks=pytest.mark.corpora))
)
def test_the_stub_takes_what_the_function_signs_with_any_key(step: int) -> None:
    with World() as world:
        for number, secret in enumerate(KEYS[::step]):
            token = KEYS[-number]
            world.backend.reset()
            world.backend.add_key(AccessKey(f"id-{number}", secret, token))
            credentials = {
                "ALIBABA_CLOUD_ACCESS_KEY_ID": f"id-{number}",
                "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
                "ALIBABA_CLOUD_SECURITY_TOKEN": token,
            }
            world.environ |= credentials | {"ONSMQTT_REGION_ID": "cn-hangzhou"}
            response = world.handle(an_http_event({"GroupId": "GID_test"}), object())
            assert json.loads(response["body"])["Success"]
