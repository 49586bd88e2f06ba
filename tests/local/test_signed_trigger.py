"""The HTTP trigger with authType function: signed as its document shows, and by curl."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
import requests

from tests.local.signing import signed_headers

if TYPE_CHECKING:
    from tests.local.stacks import Local


def test_a_signed_trigger_accepts_the_signature_of_the_document(
    signed: Local, group_id: str
) -> None:
    headers = signed_headers(signed.url)
    response = requests.post(signed.url, json={"GroupId": group_id}, headers=headers, timeout=30)
    assert response.status_code == 200
    assert response.json()["Data"]["Outcome"] == "Created"
    state = requests.get(f"{signed.url}/_local/state", timeout=30).text
    assert group_id in state
    assert "testtoken" not in state
    assert "Signature=" not in state


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    (({}, 400, "MissingRequiredHeader"), ({"Authorization": "ACS3 x"}, 400, "InvalidArgument")),
)
def test_a_signed_trigger_refuses_unsigned_calls(
    signed: Local, headers: dict[str, str], status: int, code: str
) -> None:
    dated = {"x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **headers}
    refused = requests.post(signed.url, json={}, headers=dated, timeout=30)
    assert (refused.status_code, refused.json()["Code"]) == (status, code)
    wrong = requests.post(
        signed.url, json={}, headers=signed_headers(signed.url, "wrong"), timeout=5
    )
    assert (wrong.status_code, wrong.json()["Code"]) == (403, "AccessDenied")


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_curl_gets_a_response_that_curl_can_show(signed: Local, group_id: str) -> None:
    headers = signed_headers(signed.url)
    headers["content-type"] = "application/json"
    arguments = [part for item in headers.items() for part in ("-H", ": ".join(item))]
    done = subprocess.run(  # noqa: S603 - curl itself is what is tested
        ["curl", "-si", signed.url, *arguments, "-d", json.dumps({"GroupId": group_id})],  # noqa: S607 - likewise
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    head, _, body = done.stdout.partition("\n\n")
    assert head.startswith("HTTP/1.1 200 OK")
    assert "X-Fc-Request-Id: 1-" in head
    assert json.loads(body)["Data"]["GroupId"] == group_id
