"""Responses by RFC 9112: a status line, and the contents of `framing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpora import framing
from tests.corpora.framing import CONTENT, LEGAL, MALFORMED, OPEN, Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

START = b"HTTP/1.1 200 OK\r\n"
_PLAIN = b"Content-Length: %d\r\n\r\n" % len(CONTENT) + CONTENT
_RECOVERABLE = ("2.2", "5", "5.1", "5.2", "7.1.2")


def _status_lines() -> Iterator[Part]:
    # 4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
    for line in (b"200 OK", b"200 ", b"200 a  b\t c", b"200 \xe6\x88\x90\xe5\x8a\x9f", b"299 x",
                 b"201 200",
                 b"200 HTTP/1.1 500"):  # fmt: skip
        yield Part(b"HTTP/1.1 " + line + b"\r\n", LEGAL, "4")
    for version in (b"HTTP/1.0", b"HTTP/1.2"):
        yield Part(version + b" 200 OK\r\n", LEGAL, "2.3")
    for status in (b"20", b"2000", b"0200", b"99", b"2O0", b"+200", b"-200", b"2_0", b"2_00",
                   b"20_0", b"200.0",
                   b"0x8", b"2e2", b"200,200", b"\xb200", b"", b"OK", b"200OK", b"200;OK",
                   b"1000", b"099", b"000"):  # fmt: skip
        yield Part(b"HTTP/1.1 " + status + b" OK\r\n", MALFORMED, "4")
    for version in (b"http/1.1", b"HTTP/2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1", b"HTTP/11",
                    b"HTTP/1.1.1",
                    b"HTTP1.1", b"HTTPS/1.1", b"ICY", b"HTTP", b"", b"XHTTP/1.1", b"HTTP/1.x",
                    b"HTTP/a.b",
                    b"HTTP/01.1", b"HTTP/1.10", b"HTTP/-1.1", b"HTTP/1,1",
                    b"\xef\xbb\xbfHTTP/1.1"):  # fmt: skip
        yield Part(version + b" 200 OK\r\n", MALFORMED, "2.3")
    for line in (
        b"HTTP/1.1",
        b"HTTP/1.1 ",
        b"OK",
        b"\0",
        b"200 OK",
        b"{}",
        b"POST / HTTP/1.1",
        b"<html>",
    ):
        yield Part(line + b"\r\n", MALFORMED, "4")
    # A reader may accept other white space (4), and many servers omit the last SP.
    for line in (b"HTTP/1.1 200", b"HTTP/1.1  200 OK", b"HTTP/1.1\t200\tOK", b" HTTP/1.1 200 OK",
                 b"HTTP/1.1\x0b200 OK", b"HTTP/1.1 200\x0cOK", b"HTTP/1.1\xa0200 OK",
                 b"HTTP/1.1 200 O\0K", b"HTTP/1.1 200 O\rK"):  # fmt: skip
        yield Part(line + b"\r\n", OPEN, "4")
    yield Part(b"\r\n" + START, OPEN, "2.2")
    yield Part(b"HTTP/1.1 200 OK\n", OPEN, "2.2")
    yield Part(START + b" X: v\r\n", OPEN, "2.2")


def messages() -> Iterator[Message]:
    """Yield responses; another may follow, unless they end with the connection."""
    for part in _status_lines():
        yield Message(part.text + _PLAIN, part.verdict, part.section, CONTENT)
    for content in framing.contents():
        verdict = content.verdict
        # A reader may make what it can of a field that frames nothing (RFC 9110, 2.4); of a coding
        # besides chunked it can read to the connection's end (6.3).
        if verdict == MALFORMED and content.section in _RECOVERABLE:
            verdict = OPEN
        yield content._replace(data=START + content.data, verdict=verdict)


def until_the_end() -> Iterator[Message]:
    """Yield responses whose content ends with the connection (6.3)."""
    for head in (START, START + b"Connection: close\r\n", b"HTTP/1.0 200 OK\r\n"):
        yield Message(head + b"\r\n" + CONTENT, LEGAL, "6.3", CONTENT)
    for coding in (b"identity", b"gzip", b"x", b"chunked, gzip", b"xchunked"):
        head = START + b"Transfer-Encoding: " + coding + b"\r\n\r\n"
        yield Message(head + CONTENT, OPEN, "6.3", CONTENT)


def cut_short() -> Iterator[bytes]:
    """Yield every beginning of some responses that lacks content, or the last chunk (8)."""
    chunked = b"Transfer-Encoding: chunked\r\n" + framing.GOOD_CHUNKS.text.removesuffix(b"\r\n")
    for response in (START + _PLAIN, START + chunked):
        for end in range(len(response)):
            yield response[:end]
