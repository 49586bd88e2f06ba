"""An HTTP/1.1 request, read from a file with the framing that RFC 9112 demands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from onsmqtt_stub._response import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class File(Protocol):
        """A binary file, a socket's or one in memory."""

        def readline(self, size: int, /) -> bytes:
            """Read a line of at most `size` bytes."""

        def read(self, size: int, /) -> bytes:
            """Read `size` bytes, fewer only at the end."""


MAX_LINE = 65_536
MAX_FIELDS = 100
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%s) ([!-~\x80-\xff]+) (HTTP/\d\.\d)" % _TOKEN)
# RFC 9110 5.5 forbids these three; it lets others pass, which clients do send.
_FIELD = re.compile(rb"(%s):[ \t]*([^\x00\r\n]*?)[ \t]*" % _TOKEN, re.DOTALL)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})([ \t]*;[^\x00\r\n]*)?\r\n")
_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


class Malformed(Exception):
    """What came is no request: the status of the response, and why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def response(self) -> ServerResponse:
        """Make the response to it, in plain text."""
        return ServerResponse(self.status, f"{self}\n".encode(), {"Content-Type": "text/plain"})


class BodyTooLarge(Malformed):
    """A body beyond the limit; what is left of it was not read."""

    def __init__(self) -> None:
        super().__init__(413, "the body is too large")


class Head(NamedTuple):
    """A request line and its fields, in latin-1; `target` as it was sent."""

    method: str
    target: str
    version: str
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """List the values of the fields of one name, given in lower case."""
        return [value for field, value in self.fields if field.lower() == name]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client keeps the connection for another request."""
        options = ",".join(self.values("connection")).lower().replace(" ", "").split(",")
        return "keep-alive" in options if self.version < "HTTP/1.1" else "close" not in options

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for a 100 before it sends the body."""
        return self.values("expect")[-1:] == ["100-continue"] and self.version >= "HTTP/1.1"


@dataclass(frozen=True)
class Received:
    """A whole request."""

    head: Head
    host: str
    path: str
    query: str
    body: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """The fields by lower-case name, several of one name joined by commas."""
        joined: dict[str, str] = {}
        for name, value in self.head.fields:
            key = name.lower()
            joined[key] = f"{joined[key]},{value}" if key in joined else value
        return {**joined, "host": self.host}


def read_head(file: File) -> Head | None:
    """Read a request up to its body; None at the end of the file."""
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
        raise Malformed(505, "the request line must end in HTTP/1.1 or HTTP/1.0")
    head = Head(method, target, version, tuple(_fields(file)))
    hosts = head.values("host")
    if len(hosts) > 1 or (not hosts and version >= "HTTP/1.1"):
        raise Malformed(400, "a request must have one Host header")
    return head


def read_body(file: File, head: Head, limit: int) -> bytes:
    """Read the body that the head announces; `BodyTooLarge` for more than `limit` bytes."""
    lengths, codings = head.values("content-length"), head.values("transfer-encoding")
    if codings and lengths:
        raise Malformed(400, "Content-Length and Transfer-Encoding exclude each other")
    if codings:
        if head.version < "HTTP/1.1" or [coding.lower() for coding in codings] != ["chunked"]:
            raise Malformed(400, "the only transfer coding is chunked, of HTTP/1.1")
        return _chunks(file, limit)
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise Malformed(400, "Content-Length must be one number of digits only")
    length = int(lengths[0])
    if length > limit:
        raise BodyTooLarge
    return _exactly(file, length)


def request(head: Head, body: bytes) -> Received:
    """Put a request together; an absolute target names the host instead of the field."""
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
        raise Malformed(400, f"the {what} is cut short")
    return line[:-1].removesuffix(b"\r")


def _fields(file: File) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    while line := _line(file, "header line"):
        match = _FIELD.fullmatch(line)
        if match is None:
            raise Malformed(400, "a header line must be of the form 'Name: value'")
        if len(fields) == MAX_FIELDS:
            raise Malformed(431, f"the request has more than {MAX_FIELDS} headers")
        fields.append((match[1].decode("ascii"), match[2].decode("latin-1")))
    if line is None:
        raise Malformed(400, "the request ended within its headers")
    return fields


def _chunks(file: File, limit: int) -> bytes:
    body = bytearray()
    while True:
        match = _CHUNK.fullmatch(file.readline(MAX_LINE))
        if match is None:
            raise Malformed(400, "a chunk must begin with its size in hexadecimal digits")
        size = int(match[1], 16)
        if size == 0:
            _fields(file)
            return bytes(body)
        if len(body) + size > limit:
            raise BodyTooLarge
        body += _exactly(file, size)
        if _exactly(file, 2) != b"\r\n":
            raise Malformed(400, "a chunk is longer than its size")


def _exactly(file: File, size: int) -> bytes:
    body = file.read(size)
    if len(body) < size:
        raise Malformed(400, "the body ended before its length")
    return body
