"""Read an HTTP/1.1 request from a file, framed as RFC 9112 requires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from onsmqtt_stub._response import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class File(Protocol):
        """A binary file, of a socket or in memory."""

        def readline(self, size: int, /) -> bytes:
            """Read a line of at most `size` bytes."""

        def read(self, size: int, /) -> bytes:
            """Read `size` bytes, or fewer at the end."""


MAX_LINE = 65_536
MAX_FIELDS = 100
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%s) ([!-~\x80-\xff]+) (HTTP/\d\.\d)" % _TOKEN)
# RFC 9110 5.5 forbids these three characters. Clients send others, which it allows.
_FIELD = re.compile(rb"(%s):[ \t]*([^\x00\r\n]*?)[ \t]*" % _TOKEN, re.DOTALL)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})([ \t]*;[^\x00\r\n]*)?\r\n")
_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


class Malformed(Exception):
    """The received bytes are not a request. Holds the status of the response, and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def response(self) -> ServerResponse:
        """Return the response, in plain text."""
        return ServerResponse(self.status, f"{self}\n".encode(), {"Content-Type": "text/plain"})


class BodyTooLarge(Malformed):
    """The body is larger than allowed. The rest of it was not read."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the body is larger than {limit:,} bytes")


class Head(NamedTuple):
    """A request line and its header fields, in latin-1. `target` is as it was sent."""

    method: str
    target: str
    version: str
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """List the values of the fields that have this name, which is in lower case."""
        return [value for field, value in self.fields if field.lower() == name]

    @property
    def keeps_alive(self) -> bool:
        """Return whether the client keeps the connection for another request."""
        options = ",".join(self.values("connection")).lower().replace(" ", "").split(",")
        return "keep-alive" in options if self.version < "HTTP/1.1" else "close" not in options

    @property
    def expects_continue(self) -> bool:
        """Return whether the client waits for a 100 response before it sends the body."""
        return self.values("expect")[-1:] == ["100-continue"] and self.version >= "HTTP/1.1"


@dataclass(frozen=True)
class Received:
    """A whole request. `host`, `path` and `query` are as they were sent."""

    head: Head
    host: str
    path: str
    query: str
    body: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the fields by lower-case name. Commas join several fields of one name."""
        joined: dict[str, str] = {}
        for name, value in self.head.fields:
            key = name.lower()
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        return {**joined, "host": self.host}


def read_head(file: File) -> Head | None:
    """Read a request up to its body. Return None at the end of the file."""
    line = _line(file, "request line")
    if line == b"":
        # RFC 9112 2.2: an empty line before a request is ignored.
        line = _line(file, "request line")
    if line is None:
        return None
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        raise Malformed(400, "the request line is malformed")
    method, target, version = (part.decode("latin-1") for part in match.groups())
    if not version.startswith("HTTP/1."):
        raise Malformed(505, "the request line must end with HTTP/1.1 or HTTP/1.0")
    head = Head(method, target, version, tuple(_fields(file)))
    hosts = head.values("host")
    if len(hosts) > 1 or (not hosts and version >= "HTTP/1.1"):
        raise Malformed(400, "the request must have exactly one Host header")
    return head


def read_body(file: File, head: Head, limit: int) -> bytes:
    """Read the body that the head announces. Raise `BodyTooLarge` above `limit` bytes."""
    lengths, codings = head.values("content-length"), head.values("transfer-encoding")
    if codings and lengths:
        raise Malformed(400, "the request must not have both Content-Length and Transfer-Encoding")
    if codings:
        if head.version < "HTTP/1.1" or [coding.lower() for coding in codings] != ["chunked"]:
            raise Malformed(400, "Transfer-Encoding must be chunked, and needs HTTP/1.1")
        return _chunks(file, limit)
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise Malformed(400, "Content-Length must be one decimal number")
    length = int(lengths[0])
    if length > limit:
        raise BodyTooLarge(limit)
    return _exactly(file, length)


def request(head: Head, body: bytes) -> Received:
    """Build a request. The host of an absolute target replaces the Host field."""
    host, target = "".join(head.values("host")), head.target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is not None:
        host, target = absolute[1], absolute[2]
    path, _, query = target.partition("?")
    return Received(head, host, path or "/", query, body)


def _line(file: File, what: str) -> bytes | None:
    line = file.readline(MAX_LINE + 1)
    if not line:
        return None
    if len(line) > MAX_LINE:
        raise Malformed(431, f"the {what} is too long")
    if not line.endswith(b"\n"):
        raise Malformed(400, f"the {what} is incomplete")
    return line[:-1].removesuffix(b"\r")


def _fields(file: File) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    while line := _line(file, "header line"):
        match = _FIELD.fullmatch(line)
        if match is None:
            raise Malformed(400, "each header line must have the form 'Name: value'")
        if len(fields) == MAX_FIELDS:
            raise Malformed(431, f"the request has more than {MAX_FIELDS} headers")
        fields.append((match[1].decode("ascii"), match[2].decode("latin-1")))
    if line is None:
        raise Malformed(400, "the request ended before the end of its headers")
    return fields


def _chunks(file: File, limit: int) -> bytes:
    body = bytearray()
    while True:
        match = _CHUNK.fullmatch(file.readline(MAX_LINE))
        if match is None:
            raise Malformed(400, "each chunk must begin with its size in hexadecimal digits")
        size = int(match[1], 16)
        if size == 0:
            _fields(file)
            return bytes(body)
        if len(body) + size > limit:
            raise BodyTooLarge(limit)
        body += _exactly(file, size)
        if _exactly(file, 2) != b"\r\n":
            raise Malformed(400, "a chunk is longer than the size that it announces")


def _exactly(file: File, size: int) -> bytes:
    body = file.read(size)
    if len(body) < size:
        raise Malformed(400, "the body is shorter than the length that it announces")
    return body
