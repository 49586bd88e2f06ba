"""Responses by RFC 9112 at the function's client: understood, or of unknown outcome.

After any first response the second call reads its own, and not the bytes after the first.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import h11
import pytest

from create_group_id.errors import Failure
from tests.corpora import response_framing
from tests.corpora.framing import CONTENT, LEGAL, MALFORMED, OPEN, Message
from tests.function.test_client import Caller
from tests.wire import http_response, serving

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

MESSAGES = list(response_framing.messages())
# Of those that only the fields differ in, a sample.
SOME = [
    message
    for number, message in enumerate(MESSAGES)
    if message.verdict == MALFORMED or number % 17 == 0
]
TRAILING = http_response(body=b'{"RequestId":"R-of-nobody"}')
# Where h11 refuses what is legal, or reads what is not: white space before a chunk's extension,
# controls in an extension (7.1.1), other major versions (2.3).
H11_DIFFERS = (b" ; a = b\r\n", b"\t;a\r\n", b";a\rb", b";a\0", b"HTTP/0.9", b"HTTP/2.0")


def test_there_are_enough_of_each() -> None:
    verdicts = [message.verdict for message in MESSAGES]
    assert verdicts.count(LEGAL) > 400
    assert verdicts.count(MALFORMED) > 150
    assert verdicts.count(OPEN) > 200


def read_by_h11(sent: bytes) -> bytes | None:
    connection, body = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 16), b""
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    try:
        connection.receive_data(sent)
        connection.receive_data(b"")
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return body
    except h11.RemoteProtocolError:
        return None


def test_h11_says_the_same() -> None:
    for message in MESSAGES:
        if any(mark in message.data for mark in H11_DIFFERS):
            continue
        body = read_by_h11(message.data)
        if message.verdict == LEGAL:
            assert body == message.body, message
        elif message.verdict == MALFORMED:
            assert body is None, message


def first(sent: bytes, *, ends: bool) -> Callable[[socket.socket], object]:
    """Respond to the first request with some bytes, and to the later ones as the API would."""
    numbers = itertools.count(1)

    def behave(connection: socket.socket) -> bool:
        number = next(numbers)
        good = http_response(body=b'{"RequestId":"R-%d"}' % number)
        connection.sendall(sent if number == 1 else good)
        return number > 1 or not ends

    return behave


def call(caller: Caller, url: str) -> str:
    try:
        return caller.call(url)
    except Failure as failure:
        unknown = failure.kind.code == "UpstreamBadResponse" and failure.outcome_unknown
        return "unknown" if unknown else failure.kind.code


def results(sent: bytes, *, ends: bool) -> tuple[str, str]:
    """Return the result of the first call, and that of the next one that gets a response."""
    caller = Caller()
    with serving(first(sent, ends=ends)) as server:
        one = call(caller, server.url)
        # The end of a connection may be seen by the next call only, which is repeated then.
        others = (call(caller, server.url) for _ in range(3))
        return one, next(other for other in others if other != "unknown")


@pytest.mark.parametrize("trailing", (b"", TRAILING), ids=("alone", "trailing"))
@pytest.mark.parametrize(
    "messages",
    (pytest.param(SOME, id="some"), pytest.param(MESSAGES, id="all", marks=pytest.mark.corpora)),
)
def test_the_client_reads_or_refuses_a_response(messages: list[Message], trailing: bytes) -> None:
    for message in messages:
        # Without its framing a response goes on to the end of the connection.
        ends = message.verdict != LEGAL
        one, other = results(message.data + trailing, ends=ends)
        understood = "R-1" if message.body == CONTENT else "unknown"
        if message.verdict == LEGAL:
            assert one == understood, message
        elif message.verdict == MALFORMED:
            assert one == "unknown", message
        else:
            assert one in ("R-1", "unknown"), message
        assert other in ("R-2", "R-3"), message


@pytest.mark.parametrize("message", tuple(response_framing.until_the_end()))
def test_a_content_that_ends_with_the_connection(message: Message) -> None:
    one, other = results(message.data, ends=True)
    assert one == "R-1" or message.verdict == OPEN
    assert other == "R-2"


@pytest.mark.parametrize("step", (11, pytest.param(1, marks=pytest.mark.corpora)))
def test_a_response_that_is_cut_short_is_an_unknown_outcome(step: int) -> None:
    for sent in list(response_framing.cut_short())[::step]:
        assert results(sent, ends=True)[0] == "unknown", sent
