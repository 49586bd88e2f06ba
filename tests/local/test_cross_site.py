"""No web page can call the server, by DNS rebinding or by requests without a preflight."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import requests

from tests.local.stacks import Local, probe

if TYPE_CHECKING:
    from collections.abc import Iterator

FC3 = "/2023-03-30/functions/probe/invocations"
FC2 = "/2016-08-15/services/any/functions/probe/invocations"
DOORS = (
    ("POST", "/"),
    ("GET", "/"),
    ("POST", "/any/path"),
    ("GET", "/_local"),
    ("GET", "/_local/page.js"),
    ("GET", "/_local/state"),
    ("POST", "/_local/reset"),
    ("POST", "/_local/faults"),
    ("POST", "/_local/send"),
    ("POST", "/openapi/putEvents"),
    ("POST", FC3),
    ("POST", FC2),
)
# https://fetch.spec.whatwg.org/#cors-safelisted-request-header, and none at all
SIMPLE = (
    None,
    "text/plain",
    "text/plain; a=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json, text/plain",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with probe(tmp_path_factory.mktemp("cross")) as running:
        yield running


@pytest.fixture(autouse=True)
def _nothing_happened(running: Local) -> None:
    headers = {"Content-Type": "application/json"}
    requests.post(f"{running.url}/_local/reset", headers=headers, timeout=30).raise_for_status()


def request(running: Local, method: str, path: str, **headers: str | None) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    return requests.request(
        method, running.url + path, data=json.dumps({"returns": "x"}), headers=sent, timeout=30
    )


@pytest.mark.parametrize(("method", "path"), DOORS)
@pytest.mark.parametrize(
    "host",
    (
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1:x",
        "127.0.0.1\xa0",
        "127.0.0.1\x0c",
        "127.0.0.1, evil.example",
        "127.0.0.2",
        "",
    ),
)
def test_a_name_that_is_not_loopback_is_refused(
    running: Local, method: str, path: str, host: str
) -> None:
    refused = request(running, method, path, Host=host, Content_Type="application/json")
    assert refused.status_code == 403
    assert "Host must be" in refused.text
    assert not invoked(running)


@pytest.mark.parametrize("host", ("localhost", "LOCALHOST:1", "[::1]:9000", "127.0.0.1"))
def test_loopback_under_any_name_is_served(running: Local, host: str) -> None:
    assert request(running, "GET", "/_local", Host=host).status_code == 200


@pytest.mark.parametrize("content_type", SIMPLE)
@pytest.mark.parametrize("path", ("/", "/a/b", "/_local/reset", "/_local/faults", "/_local/send"))
def test_a_type_that_a_page_may_send_is_refused(
    running: Local, path: str, content_type: str | None
) -> None:
    refused = request(running, "POST", path, Content_Type=content_type)
    assert (refused.status_code, refused.json()["Code"]) == (415, "UnsupportedMediaType")
    assert set(refused.json()) == {"RequestId", "Code", "Message"}
    assert not invoked(running)


@pytest.mark.parametrize(
    "content_type",
    (
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ),
)
def test_json_of_any_kind_reaches_the_function(running: Local, content_type: str) -> None:
    assert request(running, "POST", "/", Content_Type=content_type).text == "x"
    assert invoked(running)


@pytest.mark.parametrize("path", ("/", "/_local/reset", FC3))
def test_a_cors_preflight_is_refused(running: Local, path: str) -> None:
    asked = request(
        running,
        "OPTIONS",
        path,
        Origin="http://evil.example",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="content-type",
    )
    assert asked.status_code in (400, 403)
    assert not {name for name in asked.headers if name.startswith("Access-Control")}


def invoked(running: Local) -> bool:
    return bool(running.invocations())
