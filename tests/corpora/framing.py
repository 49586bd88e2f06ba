"""HTTP/1.1 messages by RFC 9112, combined from parts that are valid, invalid or optional to accept.

`LEGAL` messages have one reading, which `body` is. `MALFORMED` ones have none. `OPEN` ones may be
refused or be read as `body`, and as nothing else. Sections are those of RFC 9112.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LEGAL, MALFORMED, OPEN = "legal", "malformed", "open"
CLOSES = "6.1, last of its connection"  # the section of messages that nothing may follow
# RFC 9110, 5.6.2
TOKEN_BYTES = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Message(NamedTuple):
    """A message, its verdict by RFC 9112 and the section, and its content if it has one."""

    data: bytes
    verdict: str
    section: str
    body: bytes = b""


class Part(NamedTuple):
    """A piece of a message; `body` is its content."""

    text: bytes
    verdict: str
    section: str
    body: bytes = b""


# 5: field lines, of which none changes the framing.
def _field_lines() -> Iterator[Part]:
    for code in range(256):
        byte = bytes([code])
        verdict = LEGAL if code in TOKEN_BYTES else MALFORMED
        if byte not in (b":", b"\n"):
            yield Part(b"X" + byte + b"Y: v\r\n", verdict, "5.1")
        if byte in b"\0\r\n":
            verdict = MALFORMED  # RFC 9110, 5.5
        else:  # likewise: other controls are invalid, and may be kept
            verdict = OPEN if (code < 0x20 and byte != b"\t") or code == 0x7F else LEGAL
        yield Part(b"X: a" + byte + b"b\r\n", verdict, "5")
    for line in (b"X:v", b"X: v \t", b"X:", b"X: ", b"X:\tv", b"X::v", b"x: v: w", b'X: "a\\"b"'):
        yield Part(line + b"\r\n", LEGAL, "5")
    for line in (b"X : v", b"X\t: v", b": v", b":", b"X", b"X v", b"X=v", b'"X": v', b"(X): v",
                 b"X Content-Length: 9", b"\xef\xbb\xbfX: v", b"X:v\0", b"X\xa0: v"):  # fmt: skip
        yield Part(line + b"\r\n", MALFORMED, "5.1")
    for fold in (b"X: v\r\n w", b"X: v\r\n\tw", b"X:\r\n v", b"X: v\r\n Content-Length: 9",
                 b"X: v\r\n  \r\n w"):  # fmt: skip
        yield Part(fold + b"\r\n", OPEN, "5.2")
    yield Part(b"X: v\n", OPEN, "2.2")
    for line in (b"X: v\r", b"X: v\r\r\n", b"X: v\rContent-Length: 9\r\n", b"X: v\rY: w\r\n",
                 b"X: v\0Content-Length: 9\r\n", b"X\rY: v\r\n", b"\rX: v\r\n"):  # fmt: skip
        yield Part(line, MALFORMED, "2.2")


FIELD_LINES = tuple(_field_lines())
NO_FIELD = Part(b"", LEGAL, "5")

# 6.2: the length of content that is not encoded.
CONTENT = b'{"RequestId":"R-1"}\r\n'
_SIZE = b"%d" % len(CONTENT)  # 21


def _lengths() -> Iterator[Part]:
    names = (b"Content-Length", b"content-length", b"CONTENT-LENGTH")
    for name, before, zeros, after in itertools.product(
        names, (b"", b" ", b"\t", b" \t "), (b"", b"0", b"00000000"), (b"", b" ", b"\t ")
    ):
        line = name + b":" + before + zeros + _SIZE + after + b"\r\n"
        yield Part(line, LEGAL, "6.2", CONTENT)
    for value in (b"", b" ", b"-1", b"-0", b"+21", b"0x15", b"0x21", b"21e0", b"21.0", b"2_1",
                  b"2 1",
                  b"21;", b'"21"', b"a", b"21\x0b", b"\x0c21", b"21\xa0", b"\xc2\xa021",
                  b"\xb2\xb9",
                  "\uff12\uff11".encode(), "\u0662\u0661".encode(), b"21\x85", b"21\0", b"\x1c21",
                  b"21,", b",21", b"21 21", b"21, 22", b"21,-1", b"21, x", b"9" * 40, b"9" * 5000,
                  b"18446744073709551637", b"4294967317"):  # fmt: skip
        yield Part(b"Content-Length: " + value + b"\r\n", MALFORMED, "6.3")
    line = b"Content-Length: " + _SIZE + b"\r\n"
    for same in (b"Content-Length: 21, 21\r\n", b"Content-Length: 21,21\r\n", line * 2, line * 3):
        yield Part(same, OPEN, "6.3", CONTENT)
    for other in (b"22", b"2", b"0", b"", b"-1", b"x", b"021x"):
        for pair in itertools.permutations((line, b"Content-Length: " + other + b"\r\n")):
            yield Part(b"".join(pair), MALFORMED, "6.3")
            yield Part(b"X: v\r\n".join(pair), MALFORMED, "6.3")


LENGTHS = tuple(_lengths())

# 7.1: chunked content, after the head.
_CHUNKED = b"Transfer-Encoding: chunked\r\n"


def _sizes(size: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    hexadecimal = b"%x" % size
    good = (
        hexadecimal, hexadecimal.upper(), b"0" + hexadecimal, b"000000" + hexadecimal,
        hexadecimal + b";a", hexadecimal + b";a=b", hexadecimal + b';a="b;c, d"',
        hexadecimal + b" ; a = b",
        hexadecimal + b";a;b=c", hexadecimal + b"\t;a",
    )  # fmt: skip
    bad = (
        b"", b" ", b"g", b"-" + hexadecimal, b"+" + hexadecimal, b"0x" + hexadecimal,
        b" " + hexadecimal,
        b"0_" + hexadecimal, hexadecimal + b"h", hexadecimal + b".0",
        hexadecimal + b"," + hexadecimal,
        hexadecimal + b" " + hexadecimal, b"x" + hexadecimal, hexadecimal + b"\0",
        b"\0" + hexadecimal,
        hexadecimal + b"\x0b", b"\xb2", "\uff15".encode(), b"f" * 17,
        b"1" + b"0" * 15 + hexadecimal,
        hexadecimal + b";a\rb", hexadecimal + b";a\nb", hexadecimal + b";a\0", hexadecimal + b"\r",
        b"\r\n" + hexadecimal, b"-0", b'"' + hexadecimal + b'"',
    )  # fmt: skip
    return good, bad


def _chunked() -> Iterator[Part]:
    good, bad = _sizes(len(CONTENT))
    ends = (
        b"0\r\n\r\n",
        b"000\r\n\r\n",
        b"0;a=b\r\n\r\n",
        b"0\r\nX: v\r\n\r\n",
        b"0\r\nX:\r\nY: w\r\n\r\n",
    )
    for size, end in itertools.product(good, ends):
        yield Part(size + b"\r\n" + CONTENT + b"\r\n" + end, LEGAL, "7.1", CONTENT)
    for size in bad:
        yield Part(size + b"\r\n" + CONTENT + b"\r\n0\r\n\r\n", MALFORMED, "7.1")
    pieces = [CONTENT[at : at + 1] for at in range(len(CONTENT))]
    small = b"".join(b"1\r\n" + piece + b"\r\n" for piece in pieces)
    yield Part(small + b"0\r\n\r\n", LEGAL, "7.1", CONTENT)
    yield Part(b"0\r\n\r\n", LEGAL, "7.1")
    size = good[0]
    for space in (b" ", b"\t"):  # bad white space, allowed only before an extension
        yield Part(size + space + b"\r\n" + CONTENT + b"\r\n0\r\n\r\n", OPEN, "7.1.1", CONTENT)
    for terminator in (
        b"\n",
        b"\r",
        b"",
        b"\r\r\n",
        b"\n\r",
        b"  ",
        b"\r\n\r\n",
        b"x\r\n",
        b" \r\n",
    ):
        yield Part(size + b"\r\n" + CONTENT + terminator + b"0\r\n\r\n", MALFORMED, "7.1")
    for terminator in (b"\n", b"\r"):
        yield Part(size + terminator + CONTENT + b"\r\n0\r\n\r\n", MALFORMED, "7.1")
        yield Part(size + b"\r\n" + CONTENT + b"\r\n0" + terminator + b"\r\n", MALFORMED, "7.1")
    for off in (len(CONTENT) - 1, len(CONTENT) + 1, len(CONTENT) + 9, 2):
        yield Part(b"%x\r\n" % off + CONTENT + b"\r\n0\r\n\r\n", MALFORMED, "7.1")
    for trailer in (b"X : v", b"X", b" X: v", b"X: a\0b", b": v", b"X: a\rb"):
        yield Part(
            size + b"\r\n" + CONTENT + b"\r\n0\r\n" + trailer + b"\r\n\r\n", MALFORMED, "7.1.2"
        )


CHUNKED = tuple(part._replace(text=b"\r\n" + part.text) for part in _chunked())
GOOD_CHUNKS = CHUNKED[0]


def _codings() -> Iterator[Part]:
    for value in (b"chunked", b"Chunked", b"CHUNKED", b" \tchunked\t "):
        yield Part(b"Transfer-Encoding:" + value + b"\r\n", LEGAL, "6.1")
    for value in (b"xchunked", b"chunkedx", b"chunk", b"chunked-false", b"ch unked", b"identity",
                  b"gzip", b"x",
                  b"", b"chunked, identity", b"chunked, gzip", b"chunked, chunked", b"'chunked'",
                  b'"chunked"', b"chunked\0", b"chunked\x0b", b"\x0bchunked", b"\x0cchunked",
                  b"chunked\xa0", b"\xc2\xa0chunked", b"cow, chunked, x", b"chunked chunked",
                  b"\xef\xbd\x83hunked", b"chun\xc4\xb8ed", b"chunked/1", b"=chunked"):  # fmt: skip
        yield Part(b"Transfer-Encoding: " + value + b"\r\n", MALFORMED, "6.3")
    # Lists with empty elements, another coding, parameters of chunked: refused or decoded.
    for value in (b", chunked", b"chunked,", b"chunked;a=b", b"gzip, chunked", b"chunked ;"):
        yield Part(b"Transfer-Encoding: " + value + b"\r\n", OPEN, "7")
    yield Part(_CHUNKED * 2, MALFORMED, "6.1")  # applied twice
    for other in (b"identity", b"x", b"gzip", b""):
        yield Part(_CHUNKED + b"Transfer-Encoding: " + other + b"\r\n", MALFORMED, "6.3")


CODINGS = tuple(_codings())


def contents() -> Iterator[Message]:
    """Yield the fields that frame some content, the empty line, and the content."""
    for length in LENGTHS:
        yield Message(length.text + b"\r\n" + CONTENT, length.verdict, length.section, length.body)
    for chunks in CHUNKED:
        yield Message(_CHUNKED + chunks.text, chunks.verdict, chunks.section, chunks.body)
    for coding in CODINGS:
        yield Message(
            coding.text + GOOD_CHUNKS.text, coding.verdict, coding.section, GOOD_CHUNKS.body
        )
    # A Content-Length beside chunked content: refuse both, or ignore it and close the connection.
    for line in (LENGTHS[0].text, b"Content-Length: 5\r\n", b"Content-Length: 0\r\n"):
        for pair in itertools.permutations((line, _CHUNKED)):
            yield Message(b"".join(pair) + GOOD_CHUNKS.text, OPEN, CLOSES, GOOD_CHUNKS.body)
    for field in FIELD_LINES:
        yield Message(
            field.text + LENGTHS[0].text + b"\r\n" + CONTENT, field.verdict, field.section, CONTENT
        )
    # A line ends with CR LF; a single LF may be taken for one, a CR not (2.2).
    head = b"Content-Length: " + _SIZE
    yield Message(head + b"\n\n" + CONTENT, OPEN, "2.2", CONTENT)
    yield Message(head + b"\r\n\n" + CONTENT, OPEN, "2.2", CONTENT)
    yield Message(head + b"\r\r" + CONTENT, MALFORMED, "2.2")
    yield Message(head + b"\r\n\r" + CONTENT, MALFORMED, "2.2")
