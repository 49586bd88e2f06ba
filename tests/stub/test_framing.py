"""Valid and malformed requests, by RFC 9112. A malformed request is a 400, and not a call."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING

import pytest

from onsmqtt_stub._framing import BodyTooLarge, Malformed, read_body, read_head, request

if TYPE_CHECKING:
    from onsmqtt_stub._framing import Received
    from tests.stub.client import Client

START = b"POST / HTTP/1.1\r\nHost: x\r\n"


def read(sent: bytes, limit: int = 100) -> Received:
    file = io.BytesIO(sent)
    head = read_head(file)
    assert head is not None
    return request(head, read_body(file, head, limit))


@pytest.mark.parametrize(
    ("sent", "body"),
    (
        (START + b"\r\nabc", b""),
        (START + b"Content-Length: 3\r\n\r\nabcdef", b"abc"),
        (START + b"content-length:\t3 \r\n\r\nabc", b"abc"),
        (
            START + b"Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            b"abcde",
        ),
        (START + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", b""),
        (b"\r\n" + START + b"\r\n", b""),
        (START.replace(b"\r", b"") + b"\n", b""),
        (b"POST / HTTP/1.0\r\n\r\n", b""),
    ),
)
def test_request(sent: bytes, body: bytes) -> None:
    assert read(sent).body == body


MALFORMED = {
    "two lengths": b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same length twice": b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": b"Content-Length: 3, 3\r\n\r\nabc",
    "a length with chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: gzip\r\n\r\n",
    "a coding after chunked": b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a signed length": b"Content-Length: +3\r\n\r\nabc",
    "a length in other digits": b"Content-Length: \xb2\r\n\r\nabc",
    "a body shorter than its length": b"Content-Length: 4\r\n\r\nabc",
    "a chunk shorter than its size": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than its size": b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    "a chunk's size in no hex": b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    "no last chunk": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "a head that ends early": b"Content-Length: 3\r\n",
    "a space before the colon": b"Content-Length : 3\r\n\r\nabc",
    "a folded line": b"X: a\r\n b\r\n\r\n",
    "a line without a colon": b"Content-Length\r\n\r\n",
    "a name that is no token": b"X Y: a\r\n\r\n",
    "a bare carriage return": b"X: a\rContent-Length: 3\r\n\r\nabc",
    "a null": b"X: a\0b\r\n\r\n",
    "two hosts": b"Host: y\r\n\r\n",
}


@pytest.mark.parametrize("rest", MALFORMED.values(), ids=MALFORMED)
def test_malformed_request(rest: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        read(START + rest)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    (
        (b"POST /\r\n\r\n", 400),
        (b"POST  / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1 \r\n\r\n", 400),
        (b"POST / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST http://x y/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
        (START + b"X: y\r\n" * 101 + b"\r\n", 431),
        (START + b"Content-Length: 101\r\n\r\n", 413),
        (START + b"Transfer-Encoding: chunked\r\n\r\n65\r\n", 413),
    ),
)
def test_status_of_a_refusal(sent: bytes, status: int) -> None:
    with pytest.raises(Malformed) as refused:
        read(sent)
    assert refused.value.status == status
    assert isinstance(refused.value, BodyTooLarge) == (status == 413)


def test_absolute_target_names_the_host() -> None:
    received = read(b"POST HTTP://y:8?a=b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (received.host, received.path, received.query) == ("y:8", "/", "a=b")
    assert received.headers["host"] == "y:8"


def test_fields_of_one_name_are_joined() -> None:
    assert read(START + b"A: 1\r\na: 2\r\n\r\n").headers["a"] == "1,2"


def exchange(client: Client, sent: bytes) -> bytes:
    host, port = client.base.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65_536):
            received += more
    return received


def test_malformed_request_is_not_a_call(on_the_wire: Client) -> None:
    response = exchange(on_the_wire, START + MALFORMED["a length with chunks"])
    assert response.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close" in response
    assert exchange(on_the_wire, START + MALFORMED["a body shorter than its length"]).startswith(
        b"HTTP/1.1 400 "
    )
    assert on_the_wire.backend.journal == ()


def test_smuggled_request_is_not_a_call(on_the_wire: Client) -> None:
    smuggled = START + b"Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd" + START + b"\r\n"
    assert exchange(on_the_wire, smuggled).count(b"HTTP/1.1 ") == 1


def test_pipelined_requests_are_handled_in_order(on_the_wire: Client) -> None:
    both = START + b"\r\n" + START + b"Connection: close\r\n\r\n"
    assert exchange(on_the_wire, both).count(b"HTTP/1.1 400 ") == 2
    assert len(on_the_wire.backend.journal) == 2


def test_client_that_waits_for_a_100(on_the_wire: Client) -> None:
    sent = START + b"Expect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    assert exchange(on_the_wire, sent).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 ")


def test_too_large_body_gets_a_response(on_the_wire: Client) -> None:
    sent = START + b"Content-Length: 2000000\r\n\r\n" + b"a" * 2_000_000
    assert exchange(on_the_wire, sent).startswith(b"HTTP/1.1 413 ")


def test_connection_of_an_http_1_0_client_is_closed(on_the_wire: Client) -> None:
    response = exchange(on_the_wire, b"POST / HTTP/1.0\r\n\r\n" + START + b"\r\n")
    assert response.count(b"HTTP/1.1 ") == 1
