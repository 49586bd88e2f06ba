"""Responses that no API should send: the outcome after one, and what the next call reads.

RFC 9110 and RFC 9112 decide: any number of 1xx before the response (9110, 15.2), a chunk size of
hexadecimal digits (9112, 7.1), one Content-Length of digits (9112, 6.3). After a response that was
not understood to its end, the outcome is unknown and the connection is not used again.
"""

from __future__ import annotations

import itertools
import json
import logging
import socket
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.dial import FinalResponse, SocketReader
from create_group_id.errors import Failure
from tests.function.test_client import Caller
from tests.wire import http_response, serving

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b'{"RequestId":"R-1"}'
REFUSED = b'{"RequestId":"R-1","Code":"InstanceNotFound","Message":"m"}'


@pytest.fixture
def caller() -> Caller:
    return Caller()


def framed(headers: bytes, body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"\r\n\r\n" + body


def chunked(*sizes_and_chunks: bytes, status: bytes = b"200 OK") -> bytes:
    return framed(b"Transfer-Encoding: chunked", b"\r\n".join(sizes_and_chunks), status)


def first(odd: bytes) -> Callable[[socket.socket], object]:
    """Respond to the first request with an odd response, and to every later one normally."""
    numbers = itertools.count(1)

    def behave(connection: socket.socket) -> bool:
        number = next(numbers)
        good = json.dumps({"RequestId": f"R-{number}"}).encode()
        connection.sendall(odd if number == 1 else http_response(body=good))
        return True

    return behave


def attempt(caller: Caller, url: str) -> str | Failure:
    try:
        return caller.call(url, 2.0)
    except Failure as failure:
        return failure


def after(caller: Caller, odd: bytes) -> tuple[str | Failure, int]:
    """Return the result of an odd response, and how many connections it and the next call took.

    The next call must read its own response, after any first one.
    """
    with serving(first(odd)) as server:
        result = attempt(caller, server.url)
        assert caller.call(server.url) == "R-2"
        return result, server.connections


def assert_unknown(result: str | Failure) -> None:
    assert isinstance(result, Failure)
    assert (result.kind.code, result.kind.retryable) == ("UpstreamBadResponse", True)
    assert result.outcome_unknown


LENGTH = f"Content-Length: {len(OK)}".encode()
SIZE = b"%x" % len(OK)


@pytest.mark.parametrize("status", range(100, 200))
def test_skips_an_interim_response_of_any_status(caller: Caller, status: int) -> None:
    interim = b"HTTP/1.1 %d Early\r\nLink: </a>\r\nContent-Length: 5\r\n\r\n" % status
    assert after(caller, interim + http_response(body=OK)) == ("R-1", 1)


def test_skips_many_interim_responses(caller: Caller) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n" * 500
    assert after(caller, interim + http_response(body=OK)) == ("R-1", 1)


def test_endless_interim_responses_are_an_unknown_outcome(caller: Caller) -> None:
    result, connections = after(caller, b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40_000)
    assert_unknown(result)
    assert connections == 2


@pytest.mark.parametrize("status", ("101 Switching Protocols", "102 Processing", "103 Early Hints"))
def test_waits_for_the_response_after_an_interim_one(caller: Caller, status: str) -> None:
    def behave(connection: socket.socket) -> bool:
        connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
        connection.settimeout(0.02)
        with pytest.raises(TimeoutError):  # the client sends nothing more and waits
            connection.recv(1)
        connection.settimeout(None)
        connection.sendall(http_response(body=OK))
        return True

    with serving(behave) as server:
        assert [caller.call(server.url) for _ in range(2)] == ["R-1", "R-1"]
        assert server.connections == 1


UNDERSTOOD_AND_KEPT = {
    "length": framed(LENGTH, OK),
    "length-leading-zeros": framed(b"Content-Length: 000%d" % len(OK), OK),
    "chunks": chunked(SIZE, OK, b"0", b"", b""),
    "chunks-upper-case": chunked(b"1A", OK.ljust(26), b"0", b"", b""),
    "chunks-lower-case": chunked(b"1a", OK.ljust(26), b"0", b"", b""),
    "chunks-leading-zeros": chunked(b"000" + SIZE, OK, b"000", b"", b""),
    "chunk-extensions": chunked(SIZE + b";a=b;c", OK, b"0;d", b"", b""),
    "chunks-of-one": chunked(*(x for n in OK for x in (b"1", bytes([n]))), b"0", b"", b""),
    "chunk-with-spaces": chunked(SIZE + b" \t ;a", OK, b"0", b"", b""),
    "coding-with-spaces": framed(
        b"Transfer-Encoding: \t Chunked \t", b"\r\n".join((SIZE, OK, b"0", b"", b""))
    ),
    "length-with-spaces": framed(b"Content-Length: \t %d \t" % len(OK), OK),
    # RFC 9112, 4: the reason is optional, and may have any bytes above 0x7f.
    "no-reason": framed(LENGTH, OK, b"200 "),
    "no-reason-no-space": framed(LENGTH, OK, b"200"),
    "reason-in-another-charset": framed(LENGTH, OK, b"200 \xb2\xbb"),
    # RFC 9112, 2.2: a recipient may take a line feed alone for the end of a line.
    "line-feeds": b"HTTP/1.1 103 Early\nA: b\n\n" + framed(LENGTH, OK).replace(b"\r\n", b"\n"),
    "trailers": chunked(SIZE, OK, b"0", b"A: b", b"C: d", b"", b""),
}
UNDERSTOOD = {
    # RFC 9112, 6.3: framing that two readers may read differently closes the connection.
    "two-lengths-equal": framed(LENGTH + b"\r\n" + LENGTH, OK),
    "length-and-chunks": chunked(SIZE, OK, b"0", b"", b"").replace(
        b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n", 1
    ),
    "connection-close-second": framed(LENGTH + b"\r\nConnection: a\r\nConnection: close", OK),
    "connection-close-upper-case": framed(LENGTH + b"\r\nConnection: Close", OK),
    "connection-close": framed(LENGTH + b"\r\nConnection: close", OK),
    "no-header": framed(LENGTH + b"\r\nno header\r\nTransfer-Encoding: chunked", OK),
    "header-without-name": framed(LENGTH + b"\r\n: a", OK),
    "http-1.0-keep-alive": framed(LENGTH + b"\r\nKeep-Alive: a", OK).replace(b"1.1", b"1.0", 1),
    "http-1.0": framed(LENGTH, OK).replace(b"1.1", b"1.0", 1),
    "more-than-its-length": framed(LENGTH, OK + framed(LENGTH, OK)),
}
# By the reason that is found.
INVALID = {
    "invalid status line": {
        "status-99": framed(LENGTH, OK, b"99 X"),
        "status-1000": framed(LENGTH, OK, b"1000 X"),
        "status-letters": framed(LENGTH, OK, b"2OO OK"),
        **{
            f"status-line-{line.decode()}": line + b"\r\n" + LENGTH + b"\r\n\r\n" + OK
            for line in (
                b"HTTP/2 200 OK",
                b"HTTP/1. 200 OK",
                b"HTTP/1.10 200 OK",
                b"HTTP/1.1 +200 OK",
                b"HTTP/1.1 2_00 OK",
                b"HTTP/1.1 0200 OK",
                b"HTTP/1.1  200 OK",
                b"HTTP/1.1 200OK",
                b"HTTP/1.1 200 O\fK",
            )
        },
    },
    "invalid Content-Length": {
        f"length-{length!r}": framed(f"Content-Length: {length}".encode(), OK)
        for length in (f"+{len(OK)}", f"{len(OK)}\v", f"{len(OK)}X", "1_9", "x", "-1", f"{19:019}")
    }
    | {
        "two-lengths": framed(b"Content-Length: 7\r\n" + LENGTH, OK),
        "two-lengths-the-other-way": framed(LENGTH + b"\r\nContent-Length: 7", OK),
    },
    "unknown transfer coding": {
        f"coding-{coding!r}": chunked(SIZE, OK, b"0", b"", b"").replace(
            b"chunked", coding.encode(), 1
        )
        for coding in (
            "identity",
            "gzip, chunked",
            "chunked, chunked",
            "chunked\r\nTransfer-Encoding: chunked",
            "chunked\v",
            "chunkedX",
        )
    },
    "control character": {
        "header-with-cr": framed(LENGTH + b"\r\nA: b\rTransfer-Encoding: chunked", OK),
        "header-ends-in-cr": framed(LENGTH + b"\r", OK),
        "header-with-nul": framed(LENGTH + b"\r\nA: \0", OK),
    },
    "invalid chunk size": {
        f"chunk-{size.decode()}": chunked(size, OK, b"0", b"", b"")
        for size in (b"-1", b"-5", b"+13", b"0x13", b"1_3", b"", b"g", b" 13", b"123456789")
    },
    "longer than its size": {"chunk-longer": chunked(b"12", OK, b"0", b"", b"")},
    "got more than": {
        "header-too-long": framed(b"A: " + b"b" * 70_000, OK),
        "too-many-headers": framed(b"\r\n".join([b"A: b"] * 200), OK),
    },
}
NOT_UNDERSTOOD = {
    "length-too-large": framed(b"Content-Length: 65537", OK + b" " * 65537),
    "length-too-small": framed(b"Content-Length: 7", OK),
    "no-content": framed(b"", b"", b"204 No Content"),
    "no-content-with-content": framed(LENGTH, OK, b"204 No Content"),
    "no-content-with-chunks": chunked(SIZE, OK, b"0", b"", b"", status=b"204 No Content"),
    "chunk-never-ends": chunked(b"ffffffff", OK),
    "chunk-shorter": chunked(b"14", OK, b"0", b"", b""),
    **{name: odd for cases in INVALID.values() for name, odd in cases.items()},
}


@pytest.mark.parametrize("name", UNDERSTOOD_AND_KEPT)
def test_keeps_the_connection_after_clear_framing(caller: Caller, name: str) -> None:
    assert after(caller, UNDERSTOOD_AND_KEPT[name]) == ("R-1", 1)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_closes_the_connection_after_ambiguous_framing(caller: Caller, name: str) -> None:
    assert after(caller, UNDERSTOOD[name]) == ("R-1", 2)


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_a_response_not_understood_is_unknown_and_closes_the_connection(
    caller: Caller, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd = NOT_UNDERSTOOD[name]
    caplog.set_level(logging.ERROR, "create_group_id")

    def behave(connection: socket.socket) -> object:
        connection.sendall(odd)
        return name != "chunk-never-ends"

    with serving(behave) as server:
        assert_unknown(attempt(caller, server.url))
    result, connections = after(caller, odd) if name != "chunk-never-ends" else (None, 2)
    assert connections == 2
    if result is not None:
        assert_unknown(result)
    assert "bug" not in caplog.text


def read_response(reader: Any) -> None:
    with FinalResponse(reader) as response:
        response.begin()
        response.read(65_536)


@pytest.mark.parametrize(
    ("reason", "name"), [(reason, name) for reason, cases in INVALID.items() for name in cases]
)
def test_a_response_is_invalid_for_the_reason_that_is_meant(reason: str, name: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(INVALID[reason][name])
        reader: Any = SocketReader(ours, time.monotonic() + 5)
        with pytest.raises(HTTPException, match=reason):
            read_response(reader)


@pytest.mark.parametrize("length", ("-1", "x", "1_9", "", "99999999999999999999"))
def test_an_invalid_length_is_ignored_or_an_unknown_outcome(caller: Caller, length: str) -> None:
    # http.client reads to the end of the connection, or raises if too little came.
    odd = framed(f"Content-Length: {length}".encode(), OK)
    with serving(lambda connection: connection.sendall(odd)) as server:
        result = attempt(caller, server.url)
        if result != "R-1":
            assert_unknown(result)


@pytest.mark.parametrize(
    ("status", "framing"),
    (
        ("301", "Content-Length: 0"),
        ("302", "Content-Length: 0"),
        ("304", "ETag: x"),  # it has no content (9110, 15.4.5), whatever its headers say
        ("304", "Transfer-Encoding: chunked"),
        ("307", "Content-Length: 0"),
    ),
)
def test_does_not_read_the_body_of_a_redirect_as_the_next_response(
    caller: Caller, status: str, framing: str
) -> None:
    body = http_response(body=b'{"RequestId":"R-of-304"}')
    odd = framed(framing.encode(), body, f"{status} X".encode())
    result, connections = after(caller, odd)
    assert isinstance(result, Failure)
    assert (result.kind.code, result.kind.retryable) == ("UpstreamBadResponse", False)
    assert connections == 2


@pytest.mark.parametrize("framing", ("ETag: x", "Transfer-Encoding: chunked"))
def test_waits_for_no_content_of_a_304(caller: Caller, framing: str) -> None:
    with serving(first(framed(framing.encode(), b"", b"304 X"))) as server:
        result = attempt(caller, server.url)
    assert isinstance(result, Failure)
    assert (result.kind.code, result.kind.retryable) == ("UpstreamBadResponse", False)
