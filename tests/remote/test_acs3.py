"""The signature of callers, compared with the official SDK's signer."""

from __future__ import annotations

import re

import pytest
import requests
from alibabacloud_openapi_util.client import Client
from Tea.request import TeaRequest

from create_group_id_tools.remote import acs3
from create_group_id_tools.runtime.context import AccessCredentials

NOW = 1_795_510_404.9
DATE = "2026-11-24T08:53:24Z"
PERMANENT = AccessCredentials("id", "secret", "")
TEMPORARY = AccessCredentials("STS.id", "secret", "token")


def oracle(
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    credentials: AccessCredentials,
) -> str:
    request = TeaRequest()
    request.method, request.pathname, request.query, request.headers = method, path, query, headers
    payload = headers.get("x-acs-content-sha256", "")
    return str(
        Client.get_authorization(
            request,
            "ACS3-HMAC-SHA256",
            payload,
            credentials.access_key_id,
            credentials.access_key_secret,
        )
    )


def parts(authorization: str) -> list[str]:
    """Split an Authorization into its parts, without the blanks between them."""
    return re.split(r",\s*", authorization)


@pytest.mark.parametrize("credentials", (PERMANENT, TEMPORARY))
@pytest.mark.parametrize(
    ("method", "url", "path", "query", "headers"),
    (
        ("POST", "https://a.fcapp.run", "/", {}, {}),
        ("GET", "https://a.fcapp.run/v1/x?b=2&a=1", "/v1/x", {"a": "1", "b": "2"}, {}),
        ("POST", "https://h:8443/?q=%C3%A9%20+%2A~", "/", {"q": "\u00e9  *~"}, {}),
        ("POST", "http://127.0.0.1:9000/?empty=", "/", {"empty": ""}, {"x-fc-log-type": "Tail"}),
        (
            "POST",
            "https://fcv3.cn-hangzhou.aliyuncs.com/2023-03-30/functions/f/invocations",
            "/2023-03-30/functions/f/invocations",
            {},
            {"content-type": "application/octet-stream", "x-acs-content-sha256": "ab" * 32},
        ),
    ),
)
def test_the_signature_is_that_of_the_sdk(
    method: str,
    url: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    credentials: AccessCredentials,
) -> None:
    request = requests.Request(method, url, headers).prepare()
    acs3.sign(request, credentials, NOW)
    signed = {**headers, "host": request.headers["host"], "x-acs-date": DATE}
    if credentials.security_token:
        signed["x-acs-security-token"] = "token"
    assert request.headers["x-acs-date"] == DATE
    expected = oracle(method, path, query, signed, credentials)
    assert parts(request.headers["Authorization"]) == parts(expected)


def test_a_second_signature_replaces_the_first() -> None:
    request = requests.Request("POST", "https://a.fcapp.run").prepare()
    acs3.sign(request, TEMPORARY, NOW)
    first = request.headers["Authorization"]
    acs3.sign(request, TEMPORARY, NOW + 1)
    assert request.headers["Authorization"] != first
    acs3.sign(request, TEMPORARY, NOW)
    assert request.headers["Authorization"] == first
