"""The entry points in this process, with the environment of the test."""

from __future__ import annotations

import io
import json
from typing import Any

import certifi
import pytest

import index
from create_group_id import handler
from tests.world import a_context, an_http_event

REQUEST = b'{"GroupId": "GID_test", "InstanceId": "mqtt-cn-1"}'


@pytest.fixture
def _unreadable_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certifi, "where", lambda: "/nowhere/cacert.pem")


def test_the_handler_takes_an_http_event() -> None:
    event = json.dumps(an_http_event({}, method="GET")).encode()
    response: Any = index.handler(event, a_context())
    assert response["statusCode"] == 405


def test_the_wsgi_application_takes_a_request() -> None:
    started: list[str] = []
    body = index.http_handler(
        {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), "CONTENT_LENGTH": ""},
        lambda status, _headers: started.append(status),
    )
    assert started == ["405 Method Not Allowed"]
    assert json.loads(b"".join(body))["Error"]["Code"] == "MethodNotAllowed"


@pytest.mark.usefixtures("_unreadable_roots")
@pytest.mark.parametrize("endpoint", ("", "https://127.0.0.1:9", "http://127.0.0.1:9", "nowhere"))
def test_the_initializer_never_raises(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONSMQTT_ENDPOINT", endpoint)
    index.initialize(a_context())
    index.initialize(None)


@pytest.mark.parametrize(
    ("endpoint", "loaded"), (("", True), ("https://127.0.0.1:9", True), ("http://[::1]:9", False))
)
def test_the_initializer_loads_the_roots_only_for_https(
    endpoint: str,
    loaded: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[bool] = []
    monkeypatch.setattr(handler, "tls_context", lambda: calls.append(True))
    monkeypatch.setenv("ONSMQTT_ENDPOINT", endpoint)
    index.initialize(a_context())
    assert bool(calls) == loaded


@pytest.mark.usefixtures("_unreadable_roots")
def test_with_unreadable_roots_the_service_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONSMQTT_ENDPOINT", "https://127.0.0.1:9")
    index.initialize(None)
    envelope: Any = index.handler(REQUEST, a_context(timeout=0.5))
    assert envelope["Error"]["Code"] == "UpstreamUnreachable"
    assert "OutcomeUnknown" not in envelope["Error"]
