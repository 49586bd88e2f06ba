"""Framing by RFC 9112: an ambiguous request is rejected, and never reaches the function."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING

import pytest
import requests

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import http_server
from tests.local import raw

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
BODY = b'{"GroupId": "GID_test"}'
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


class Received:
    """A server that records the requests to its application, and returns their bodies."""

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.url = ""

    def respond(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return HttpResponse(200, request.body, {"Connection": "close"})


@pytest.fixture
def received() -> Iterator[Received]:
    received = Received()
    with http_server.running(received.respond) as received.url:
        yield received


@pytest.mark.parametrize(
    ("wire", "message"),
    (
        # RFC 9112, sections 6.1 to 6.3
        (
            POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "both Content-Length and Transfer-Encoding",
        ),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", "one decimal number"),
        (POST + b"Content-Length: 2, 2\r\n\r\n{}", "one decimal number"),
        (POST + b"Content-Length: +2\r\n\r\n{}", "one decimal number"),
        (POST + b"Content-Length: 1_0\r\n\r\n{}", "one decimal number"),
        (POST + b"Content-Length: -1\r\n\r\n", "one decimal number"),
        (POST + b"Content-Length: 0x2\r\n\r\n{}", "one decimal number"),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", "one decimal number"),
        (POST + b"Content-Length:\r\n\r\n", "one decimal number"),
        (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "must be chunked"),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "must be chunked"),
        (
            POST + b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
            "both Content-Length and Transfer-Encoding",
        ),
        (POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", ""),
        (
            b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "must be chunked",
        ),
        # section 5: field lines
        (POST + b"Content-Length : 2\r\n\r\n{}", "header line"),
        (POST + b"X: a\r\n b\r\n\r\n", "header line"),
        (POST + b" X: a\r\n\r\n", "header line"),
        (POST + b"X: a\rContent-Length: 2\r\n\r\n{}", "header line"),
        (POST + b"X: a\0b\r\n\r\n", "header line"),
        (POST + b"X\r\n\r\n", "header line"),
        (POST + b"(X): a\r\n\r\n", "header line"),
        (POST + b"X: " + b"a" * 70000 + b"\r\n\r\n", "header line"),
        (POST + b"X: a\r\n" * 101 + b"\r\n", "more than 100"),
        # section 3.2: one host
        (b"POST / HTTP/1.1\r\n\r\n", "one Host"),
        (POST + HOST + b"\r\n", "one Host"),
        (b"GET http://127.0.0.1/ HTTP/1.1\r\n" + HOST + b"\r\n", "target"),
        (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", "target"),
        # section 7.1: chunks
        (CHUNKED + b"-5\r\n{}\r\n0\r\n\r\n", "chunk"),
        (CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n", "chunk"),
        (CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n", "chunk"),
        (CHUNKED + b"2\n{}\r\n0\r\n\r\n", "chunk"),
        (CHUNKED + b"2\r\n{}x\r\n0\r\n\r\n", "chunk"),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX : a\r\n\r\n", "header line"),
        # section 3: the request line
        (b"nonsense\r\n\r\n", "request line"),
        (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", "request line"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "request line is too long"),
    ),
)
def test_refuses_what_another_server_could_read_differently(
    received: Received, wire: bytes, message: str
) -> None:
    response = raw.send(received.url, wire)
    error = json.loads(response.body)
    # https://www.alibabacloud.com/help/en/functioncompute/error-codes
    assert (response.status, response.content_type) == (400, "application/json")
    assert set(error) == {"RequestId", "Code", "Message"}
    assert error["Code"] == "InvalidArgument"
    assert message in error["Message"]
    assert response.rest == b""  # the rest is not read as a second request
    assert received.requests == []


@pytest.mark.parametrize(
    "wire",
    (
        POST + b"Content-Length: 100\r\n\r\n" + BODY,
        CHUNKED + b"17\r\n" + BODY[:9],
        CHUNKED + b"17\r\n" + BODY + b"\r\n",
        CHUNKED + b"17\r\n" + BODY + b"\r\n0\r\n",
        POST + b"Content-Len",
    ),
)
def test_a_request_that_is_cut_short_is_rejected(received: Received, wire: bytes) -> None:
    assert raw.send(received.url, wire, half_close=True).status == 400
    assert received.requests == []


@pytest.mark.parametrize(
    "wire",
    (
        POST + b"Content-Length: 23\r\n\r\n" + BODY,
        POST + b"content-length:23  \r\n\r\n" + BODY,
        CHUNKED + b"17\r\n" + BODY + b"\r\n0\r\n\r\n",
        CHUNKED + b"1\r\n{\r\n016\r\n" + BODY[1:] + b"\r\n00\r\n\r\n",
        CHUNKED + b'17;a=b;c="d"\r\n' + BODY + b"\r\n0;e\r\nExpires: never\r\n\r\n",
        POST + b"Transfer-Encoding: Chunked\r\n\r\n17\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\n" + HOST + b"Content-Length: 23\r\n\r\n" + BODY,
    ),
)
def test_reads_valid_requests(received: Received, wire: bytes) -> None:
    response = raw.send(received.url, wire)
    assert (response.status, response.body) == (200, BODY)


def test_a_client_that_expects_100_gets_it(received: Received) -> None:
    port = int(received.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 23\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(BODY)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", (b"", b"POST / HT", POST, POST + b"Content-Length: 9\r\n\r\n{"))
def test_an_idle_connection_ends(sent: bytes) -> None:
    received = Received()
    with http_server.running(received.respond, idle_seconds=0.05) as url:
        port = int(url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(sent)
            while connection.recv(65536):
                pass
    assert received.requests == []


def test_a_slow_response_is_not_idle() -> None:
    def slow(_request: HttpRequest) -> HttpResponse:
        time.sleep(0.2)
        return HttpResponse(200, b"late")

    with http_server.running(slow, idle_seconds=0.05) as url:
        assert requests.get(url, timeout=30).text == "late"


def test_a_bug_is_one_response_that_quotes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_request: HttpRequest) -> HttpResponse:
        raise RuntimeError("hush")

    with http_server.running(broken) as url:
        response = requests.get(url, timeout=30)
    assert (response.status_code, response.json()["Code"]) == (500, "InternalServerError")
    assert "hush" not in response.text
    assert "RuntimeError: hush" in capfd.readouterr().err
