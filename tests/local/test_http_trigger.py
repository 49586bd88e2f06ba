"""The HTTP trigger over a socket: which requests reach the function, and which do not."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from typing import TYPE_CHECKING

import pytest
import requests

from tests.local.stacks import Local, probe

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with probe(tmp_path_factory.mktemp("trigger")) as running:
        yield running


def test_a_request_becomes_an_event(running: Local) -> None:
    port = int(running.url.rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.putrequest("GET", "/a%20b/c?x=1&x=2&y=%E4%B8%AD&z=", skip_accept_encoding=True)
    for name, value in (("x-one", "1"), ("X-ONE", "2"), ("Content-Length", "2")):
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    event = json.loads(connection.getresponse().read())["event"]
    connection.close()
    assert event["rawPath"] == "/a%20b/c"
    assert event["requestContext"]["http"] == {
        "method": "GET",
        "path": "/a b/c",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "",
    }
    assert event["queryParameters"] == {"x": "1,2", "y": "\u4e2d", "z": ""}
    assert event["headers"] == {"X-One": "1,2", "Content-Length": "2"}
    assert event["isBase64Encoded"] is True
    assert event["body"] == base64.b64encode(b"{}").decode()


def test_a_chunked_body_is_read(running: Local) -> None:
    headers = {"Content-Type": "application/json"}
    body = iter([b'{"returns":', b'"x"}'])
    response = requests.post(running.url, data=body, headers=headers, timeout=30)
    assert response.text == "x"


def test_a_body_of_megabytes_passes(running: Local) -> None:
    assert running.call(returns="x", rest="y" * (5 << 20)).text == "x"


def test_the_response_struct_is_the_response(running: Local) -> None:
    struct = {"statusCode": 418, "headers": {"X-Own": "a", "Server": "me"}, "body": "tea"}
    response = running.call(returns=struct)
    assert (response.status_code, response.reason, response.text) == (418, "I'm a Teapot", "tea")
    assert response.headers["X-Own"] == "a"
    assert response.headers["Server"] != "me"
    assert response.headers["X-Fc-Request-Id"].startswith("1-")


def test_a_head_request_gets_no_body(running: Local) -> None:
    assert requests.head(running.url, timeout=30).status_code == 403
    response = requests.get(running.url, timeout=30)
    assert response.json()["event"]["requestContext"]["http"]["method"] == "GET"


@pytest.mark.parametrize(
    ("path", "headers", "status", "code"),
    (
        ("/" + "a" * 4096, {}, 400, "InvalidArgument"),
        ("/?q=" + "a" * 4096, {}, 400, "InvalidArgument"),
        ("/", {"X-Large": "a" * 8192}, 400, "InvalidArgument"),
    ),
)
def test_a_request_over_fcs_limits_is_refused(
    running: Local, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    refused = requests.post(running.url + path, json={}, headers=headers, timeout=30)
    assert (refused.status_code, refused.json()["Code"]) == (status, code)
    assert refused.json()["RequestId"] == refused.headers["X-Fc-Request-Id"]


def test_a_body_over_32_megabytes_is_refused_unread(running: Local) -> None:
    port = int(running.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 33554433\r\n\r\n"
        )
        response = http.client.HTTPResponse(connection)
        response.begin()
        assert (response.status, json.loads(response.read())["Code"]) == (400, "EntityTooLarge")


def test_a_method_that_the_trigger_does_not_accept_is_refused(running: Local) -> None:
    refused = requests.put(running.url, json={}, timeout=30)
    assert (refused.status_code, refused.json()["Code"]) == (403, "AccessDenied")


@pytest.mark.parametrize(
    "wire",
    (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"nonsense\r\n\r\n", b"\x16\x03\x01\r\n\r\n"),
)
def test_an_invalid_request_does_not_stop_the_server(running: Local, wire: bytes) -> None:
    port = int(running.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(wire)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    assert running.call(returns="x").text == "x"
