"""Requests by RFC 9112: a start line, a Host, and the contents of `framing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpora import framing
from tests.corpora.framing import CLOSES, LEGAL, MALFORMED, OPEN, Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = b"Host: 127.0.0.1\r\n"
START = b"POST / HTTP/1.1\r\n"
_PLAIN = b"Content-Length: 2\r\n\r\n{}"


def _start_lines() -> Iterator[Part]:
    # 3: request-line = method SP request-target SP HTTP-version
    for method in (b"POST", b"post", b"M-SEARCH", b"!#$%&'*+-.^_`|~", b"A" * 30):
        yield Part(method + b" / HTTP/1.1\r\n", LEGAL, "3.1")
    for target in (b"/", b"/a/b%20c?d=e&f", b"//", b"/?", b"/*", b"/a:b@c!$&'()+,;="):
        yield Part(b"POST " + target + b" HTTP/1.1\r\n", LEGAL, "3.2.1")
    for code in range(256):
        byte = bytes([code])
        if byte != b"\n" and code not in framing.TOKEN_BYTES:
            yield Part(b"PO" + byte + b"ST / HTTP/1.1\r\n", MALFORMED, "3.1")
        if code <= 0x20 or code == 0x7F:
            yield Part(b"POST /a" + byte + b"b HTTP/1.1\r\n", MALFORMED, "3.2")
    for version in (b"HTTP/1.1", b"HTTP/1.2", b"HTTP/1.9"):  # RFC 9110, 2.5
        yield Part(b"POST / " + version + b"\r\n", LEGAL, "2.3")
    for version in (b"http/1.1", b"Http/1.1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/1.10",
                    b"HTTP/01.1",
                    b"HTTP/1.1.1", b"HTTP/11", b"HTTP/1,1", b"HTTP 1.1", b"HTTPS/1.1", b"XHTTP/1.1",
                    b"HTTP/-1.1", b"HTTP/1.+1", b"HTTP/a.b", b"ICY/1.1", b"HTTP/\xb9.1",
                    b"HTTP/1.1x",
                    b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3.0", b"HTTP/9.9", b"1.1", b""):  # fmt: skip
        yield Part(b"POST / " + version + b"\r\n", MALFORMED, "2.3")
    for line in (b"POST", b"POST ", b"POST /", b" POST / HTTP/1.1", b"\tPOST / HTTP/1.1",
                 b"/ HTTP/1.1",
                 b"POST HTTP/1.1", b"POST  HTTP/1.1", b"\0", b"\x16\x03\x01\x02\x00", b"{}",
                 b"POST /\rHTTP/1.1", b"POST / HTTP/1.1\rX: v", b"HTTP/1.1 200 OK",
                 b"POST / HTTP/1.1 / HTTP/1.1"):  # fmt: skip
        yield Part(line + b"\r\n", MALFORMED, "3")
    # A reader may accept white space between the parts, but need not (3).
    for line in (b"POST  / HTTP/1.1", b"POST /  HTTP/1.1", b"POST / HTTP/1.1 ", b"POST\t/ HTTP/1.1",
                 b"POST /\tHTTP/1.1", b"POST / HTTP/1.1\t", b"POST\x0b/\x0cHTTP/1.1"):  # fmt: skip
        yield Part(line + b"\r\n", OPEN, "3")
    yield Part(b"POST / HTTP/1.1\n", OPEN, "2.2")
    yield Part(b"\r\n" + START, LEGAL, "2.2")  # one empty line must be ignored
    yield Part(b"\r\n\r\n" + START, OPEN, "2.2")
    yield Part(START + b" X: v\r\n", OPEN, "2.2")
    yield Part(START + b"\tX: v\r\n", OPEN, "2.2")


def messages() -> Iterator[Message]:
    """Yield requests; another one may follow each."""
    for part in _start_lines():
        yield Message(part.text + HOST + _PLAIN, part.verdict, part.section, b"{}")
    for content in framing.contents():
        yield content._replace(data=START + HOST + content.data)
    # 3.2: one Host in HTTP/1.1
    for host in (b"", HOST * 2, b"Host: a\r\n" + HOST, HOST + b"host: 127.0.0.1\r\n"):
        yield Message(START + host + _PLAIN, MALFORMED, "3.2")
    yield Message(b"POST / HTTP/1.0\r\n" + _PLAIN, LEGAL, "3.2", b"{}")
    # 6.1: chunked content in HTTP/1.0 has faulty framing.
    for host in (b"", HOST):
        faulty = b"Transfer-Encoding: chunked\r\n" + framing.GOOD_CHUNKS.text
        yield Message(
            b"POST / HTTP/1.0\r\n" + host + faulty, OPEN, CLOSES, framing.GOOD_CHUNKS.body
        )
    yield Message(START + HOST + b"\r\n", LEGAL, "6.3")  # neither field: no content
    # Each invalid part is combined with valid other parts.
    wrong = [part for part in framing.FIELD_LINES if part.verdict == MALFORMED][::7]
    for content in [content for content in framing.contents() if content.verdict == LEGAL][::5]:
        for part in wrong:
            yield Message(START + HOST + part.text + content.data, MALFORMED, part.section)
            yield Message(START + part.text + HOST + content.data, MALFORMED, part.section)


def cut_short() -> Iterator[bytes]:
    """Yield every beginning of some requests; a client sends no more than that."""
    for content in (_PLAIN, b"Transfer-Encoding: chunked\r\n" + framing.GOOD_CHUNKS.text):
        request = START + HOST + content
        for end in range(1, len(request)):
            yield request[:end]
