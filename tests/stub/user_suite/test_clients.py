"""Clients that use `requests` work in process. Others are refused there, and use the server."""

from __future__ import annotations

import io
import socket
import ssl
from typing import Any

import pytest
import requests
from shop import NOT_BY_REQUESTS, sign_up, url_of, with_sdk, with_sdk_async

from onsmqtt_stub import Backend, Fault, mock_onsmqtt
from onsmqtt_stub.server import running

HOST = "onsmqtt.cn-hangzhou.aliyuncs.com"
others = pytest.mark.parametrize("call", NOT_BY_REQUESTS.values(), ids=NOT_BY_REQUESTS)


def test_sdk_in_process(onsmqtt: Backend) -> None:
    assert with_sdk("GID_sdk") == 200
    assert onsmqtt.groups() == ["GID_sdk"]


@pytest.mark.parametrize(
    "body",
    (
        {"data": (part for part in (b"a", b"b"))},
        {"data": io.BytesIO(b"ab")},
        {"files": {"name": io.BytesIO(b"ab")}},
        {"json": {"a": "b"}},
        {"data": "\N{SNOWMAN}".encode()},
    ),
    ids=("generator", "file", "parts", "json", "bytes"),
)
@mock_onsmqtt
def test_body_of_any_kind_is_sent(body: Any) -> None:
    assert requests.post(url_of("GID_one"), timeout=1, **body).status_code == 200


@mock_onsmqtt
def test_streamed_response() -> None:
    with requests.post(url_of("GID_one"), timeout=1, stream=True) as response:
        assert b"".join(response.iter_content(None)).startswith(b'{"RequestId"')


@mock_onsmqtt
def test_redirect_to_elsewhere_is_refused() -> None:
    backend = Backend()
    backend.set_faults([Fault("redirect", location="https://elsewhere.example/x")])
    with (
        mock_onsmqtt(backend),
        pytest.raises(requests.ConnectionError, match=r"elsewhere\.example/x was refused"),
    ):
        requests.post(url_of("GID_one"), timeout=1)


@others
def test_other_clients_are_refused_with_advice(onsmqtt: Backend, call: Any) -> None:
    with pytest.raises(Exception, match=r"onsmqtt_stub\.server\.running") as caught:
        call("GID_out")
    assert HOST in str(caught.value)
    assert onsmqtt.groups() == []


@others
def test_other_clients_use_the_server(call: Any) -> None:
    backend = Backend()
    with mock_onsmqtt(), running(backend) as url:
        assert call("GID_wire", url) == 200
    assert backend.groups() == ["GID_wire"]


def test_sdk_with_the_server() -> None:
    backend = Backend()
    with running(backend) as url:
        assert (with_sdk("GID_one", url), with_sdk_async("GID_two", url)) == (200, 200)
    assert backend.groups() == ["GID_one", "GID_two"]


@pytest.mark.parametrize(
    "reach_out",
    (
        lambda: socket.create_connection((HOST, 443), timeout=1),
        lambda: socket.socket().connect((HOST, 443)),
        lambda: socket.socket().connect_ex((HOST, 443)),
        lambda: socket.getaddrinfo(HOST.encode(), 443),
        lambda: socket.getaddrinfo(host=HOST.upper(), port=443),
        lambda: socket.gethostbyname(f"{HOST}."),
        lambda: socket.gethostbyname_ex(HOST),
        # Through a proxy, the only place where the host's name is seen.
        lambda: ssl.create_default_context().wrap_socket(socket.socket(), server_hostname=HOST),
        lambda: ssl.create_default_context().wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST
        ),
    ),
)
@mock_onsmqtt
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_nothing_resolves_or_connects(reach_out: Any) -> None:
    with pytest.raises(socket.gaierror, match="running"):
        reach_out()


@mock_onsmqtt(endpoint="mqtt.internal.example")
def test_an_endpoint_that_was_added_is_guarded_too() -> None:
    assert sign_up("GID_one", "http://MQTT.internal.example") == 200
    with pytest.raises(socket.gaierror, match="running"):
        socket.getaddrinfo("mqtt.internal.example", 443)


def test_other_hosts_are_not_guarded(onsmqtt: Backend) -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.gethostbyname("localhost")
    assert onsmqtt.groups() == []


def test_patches_are_removed() -> None:
    def replaced() -> list[object]:
        return [
            requests.Session.send,
            requests.adapters.HTTPAdapter.send,
            requests.adapters.HTTPAdapter.get_connection_with_tls_context,
            socket.getaddrinfo,
            socket.socket.connect,
            ssl.SSLContext.wrap_bio,
        ]

    before = replaced()
    with mock_onsmqtt():
        assert all(one is not other for one, other in zip(before, replaced(), strict=True))
    assert replaced() == before
    assert "connect" not in vars(socket.socket)
