"""Raw HTTP requests: mutations of their parts, and a second reader as the reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import h11

from tests.fuzzing import mutation
from tests.fuzzing.words import METHODS, REQUEST_HEADERS, TARGETS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_MAX_HEADERS, _MAX_LINE = 100, 65_000
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 ", b"http/1.1", b"")
_SIZES = (b"%x", b"0%x", b"%X", b"+%x", b"%x;a=b", b"-%x", b"%x ", b"0x%x")
# What a server may refuse (RFC 9112, 5.2, 6.3 and 7.1): folded lines, a repeated length, a space
# after the size of a chunk.
_AMBIGUOUS = re.compile(
    rb"(?is)\r[^\n]|\n[ \t]|\ncontent-length:.*\ncontent-length:|\n[0-9a-f]+[ \t]+\r?\n"
)
_HOST = [("Host", "a")]
_METHOD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ")


def mutate(raw: bytes, dice: random.Random, bodies: Sequence[bytes]) -> bytes:
    """Change the method, the target, a header, the body, or any byte."""
    chance = dice.random()
    if chance < 0.12:
        return mutation.some_bytes(raw, dice)
    if chance < 0.15:
        return raw + raw[dice.randrange(len(raw) + 1) :]
    head, empty, body = raw.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    if chance < 0.43:
        line = _changed_line(line, dice)
    elif chance < 0.7:
        _change_headers(headers, dice)
    elif chance < 0.74:
        return b"\r\n".join([line, *headers, b"Transfer-Encoding: chunked"]) + _chunked(body, dice)
    else:
        body = mutation.json_bytes(body, dice, bodies)
    if dice.random() < 0.85:
        length = b"Content-Length: %d" % len(body)
        headers = [length if h.lower().startswith(b"content-length:") else h for h in headers]
    return b"\r\n".join([line, *headers]) + (empty or b"\r\n\r\n") + body


def _changed_line(line: bytes, dice: random.Random) -> bytes:
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    chance = dice.random()
    if chance < 0.3:
        method = dice.choice(METHODS)
    elif chance < 0.9:
        target = dice.choice(TARGETS) if dice.random() < 0.4 else _changed_target(target, dice)
    else:
        version = dice.choice(_VERSIONS)
    return b" ".join((method, target, version))


def _change_headers(headers: list[bytes], dice: random.Random) -> None:
    chance = dice.random()
    at = dice.randrange(len(headers) + 1)
    if chance < 0.55 or at == len(headers):
        headers.insert(at, dice.choice(REQUEST_HEADERS))
    elif chance < 0.75:
        del headers[at]
    else:
        headers[at] = mutation.some_bytes(headers[at], dice)


def _changed_target(target: bytes, dice: random.Random) -> bytes:
    path, mark, query = target.partition(b"?")
    pairs = query.split(b"&") if query else []
    chance = dice.random()
    if chance < 0.3:
        path = mutation.some_bytes(path, dice)
    elif chance < 0.5 and pairs:
        pairs.pop(dice.randrange(len(pairs)))
    elif chance < 0.7 and pairs:
        pairs.insert(dice.randrange(len(pairs) + 1), dice.choice(pairs))
    elif pairs:
        at = dice.randrange(len(pairs))
        name, _, value = pairs[at].partition(b"=")
        pairs[at] = (
            name
            + b"="
            + dice.choice((mutation.some_bytes(value, dice), b"", b"%", b"%ff", b"a" * 99))
        )
    return path + (mark or b"?") + b"&".join(pairs)


def _chunked(body: bytes, dice: random.Random) -> bytes:
    size = dice.choice(_SIZES) % len(body)
    end = dice.choice((b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"0\r\n", b"", b"00\r\n\r\n"))
    return b"\r\n\r\n" + size + b"\r\n" + body + b"\r\n" + end


def first(raw: bytes) -> h11.Request | None:
    """Return the first request by the second reader, if it is whole; None if it is not HTTP."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    try:
        reader.receive_data(raw)
        request = reader.next_event()
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                break
        else:
            return None
    except h11.RemoteProtocolError:
        return None
    if not isinstance(request, h11.Request) or not request.http_version.startswith(b"1."):
        return None
    names = {name for name, _ in request.headers}
    is_ambiguous = {b"content-length", b"transfer-encoding"} <= names or _AMBIGUOUS.search(raw)
    # The second reader wants no Host after HTTP/1.1, and takes chunks in HTTP/1.0.
    is_other = (request.http_version != b"1.1" and b"transfer-encoding" in names) or (
        request.http_version > b"1.1" and b"host" not in names
    )
    is_large = len(request.headers) > _MAX_HEADERS or max(map(len, raw.split(b"\n"))) > _MAX_LINE
    return None if is_ambiguous or is_other or is_large else request


def check_response(sent: bytes, raw: bytes) -> None:
    """Check that the bytes of a server begin with one whole response to the first request."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    match = _METHOD.match(raw.removeprefix(b"\r\n").removeprefix(b"\n"))
    reader.send(h11.Request(method=match[1] if match else b"POST", target="/", headers=_HOST))
    reader.send(h11.EndOfMessage())
    reader.receive_data(sent)
    reader.receive_data(b"")
    while not isinstance(event := reader.next_event(), h11.EndOfMessage):
        assert isinstance(event, (h11.InformationalResponse, h11.Response, h11.Data)), "no response"
