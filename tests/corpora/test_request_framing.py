"""Requests by RFC 9112 at each server of the project: read in their only way, or refused."""

from __future__ import annotations

import io
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import h11
import pytest

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import http_server
from onsmqtt_stub import Backend, server
from onsmqtt_stub._framing import Malformed, read_body, read_head
from tests.corpora import request_framing
from tests.corpora.framing import CLOSES, LEGAL, MALFORMED, OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MESSAGES = list(request_framing.messages())
SOME = (pytest.param(61, id="some"), pytest.param(1, id="all", marks=pytest.mark.corpora))
LAST = [message for message in MESSAGES if message.section == CLOSES]
SECOND = b"GET /second HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
# Where h11 refuses what is legal, or reads what is not: a line before the request line (2.2), white
# space before a chunk's extension, controls in an extension (7.1.1), another major version (2.3).
H11_DIFFERS = (
    b"\r\nPOST", b" ; a = b\r\n", b"\t;a\r\n", b";a\rb", b";a\0", b"HTTP/2.0", b"HTTP/0.9",
    b"HTTP/3.0",
    b"HTTP/9.9",
)  # fmt: skip


def test_there_are_enough_of_each() -> None:
    verdicts = [message.verdict for message in MESSAGES]
    assert verdicts.count(LEGAL) > 400
    assert verdicts.count(MALFORMED) > 4000
    assert verdicts.count(OPEN) > 50
    assert len({message.section for message in MESSAGES}) > 12
    assert len(LAST) > 5


def read(sent: bytes) -> tuple[bytes, bytes] | None:
    """Return the content that our reader returns, and the bytes after it; None if it refuses."""
    file = io.BytesIO(sent)
    try:
        head = read_head(file)
        assert head is not None
        return read_body(file, head, 1000), file.read()
    except Malformed:
        return None


def read_by_h11(sent: bytes) -> tuple[bytes, bytes] | None:
    connection, body = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 16), b""
    try:
        connection.receive_data(sent)
        while True:
            event: Any = connection.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED):
                return None
            if isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return body, bytes(connection.trailing_data[0])
    except h11.RemoteProtocolError:
        return None


@pytest.mark.parametrize("reader", (read, read_by_h11))
def test_a_valid_request_has_one_reading(
    reader: Callable[[bytes], tuple[bytes, bytes] | None],
) -> None:
    tried = 0
    for message in MESSAGES:
        if reader is read_by_h11 and any(mark in message.data for mark in H11_DIFFERS):
            continue
        tried += 1
        reading = reader(message.data + SECOND)
        if message.verdict == LEGAL:
            assert reading == (message.body, SECOND), message
        elif message.verdict == MALFORMED:
            assert reading is None, message
        else:
            assert reading in (None, (message.body, SECOND)), message
    assert tried > len(MESSAGES) * 0.9


def test_does_not_read_a_request_that_is_cut_short() -> None:
    for sent in request_framing.cut_short():
        if sent != request_framing.START + request_framing.HOST:
            assert read(sent) is None, sent


class Responses:
    """The responses of a server on one connection."""

    def __init__(self, url: str, sent: bytes) -> None:
        address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        with socket.create_connection(address, timeout=30) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as file:
                received = file.read()
        self.statuses: list[int] = []
        while received:
            head, _, received = received.partition(b"\r\n\r\n")
            version, status, _reason = head.partition(b"\r\n")[0].split(b" ", 2)
            assert version == b"HTTP/1.1"
            self.statuses.append(int(status))
            size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            assert len(received) >= size
            received = received[size:]


@contextmanager
def the_stub(_received: list[bytes]) -> Iterator[str]:
    with server.running(Backend()) as url:
        yield url


@contextmanager
def the_local_fc(received: list[bytes]) -> Iterator[str]:
    def respond(request: HttpRequest) -> HttpResponse:
        if request.cut:  # a body over every limit, which was not read
            return HttpResponse(413, b"")
        received.append(request.body)
        return HttpResponse(200, b"")

    with http_server.running(respond) as url:
        yield url


@pytest.mark.parametrize("serve", (the_stub, the_local_fc))
@pytest.mark.parametrize("step", SOME)
def test_on_the_wire(step: int, serve: Any) -> None:
    bodies: list[bytes] = []
    with serve(bodies) as url:
        for message in (*MESSAGES[::step], *LAST):
            bodies.clear()
            # A request of HTTP/1.0 is the last one of its connection too.
            is_last = message in LAST or b"HTTP/1.0" in message.data
            whole = [message.body] if is_last else [message.body, b""]
            statuses = Responses(url, message.data + SECOND).statuses
            read = len(statuses) == len(whole) and (serve is the_stub or bodies == whole)
            refused = len(statuses) == 1 and statuses[0] >= 400 and bodies == []
            if message.verdict == LEGAL:
                assert read, (message, statuses, bodies)
            elif message.verdict == MALFORMED:
                assert refused, (message, statuses, bodies)
            else:
                assert read or refused, (message, statuses, bodies)
