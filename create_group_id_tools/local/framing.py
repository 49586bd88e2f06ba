"""Where a request's head and body end, as strictly as a server behind a proxy must read it.

https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from create_group_id_tools.local import errors

if TYPE_CHECKING:
    from email.message import Message

_MAX_LINE, _MAX_FIELDS = 64 << 10, 100
# Section 5: no space before the colon, no folded line, no bare CR.
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r?\n")
_VERSION = re.compile(r"HTTP/1\.[0-9]")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")


def read_fields(file: IO[bytes]) -> bytes:
    """Return the header or trailer lines with the empty one that ends them; raise `FcError`."""
    lines: list[bytes] = []
    while (line := file.readline(_MAX_LINE)) not in (b"\r\n", b"\n"):
        if len(lines) == _MAX_FIELDS:
            raise errors.invalid(f"the request has more than {_MAX_FIELDS} headers")
        if not _FIELD.fullmatch(line):
            raise errors.invalid(
                "a header line is cut short, longer than 64 KiB, or not of the form 'Name: value'"
            )
        lines.append(line)
    return b"".join([*lines, line])


def check_head(target: str, version: str, headers: Message) -> None:
    """Raise `FcError` unless it is clear which host and path a request is for."""
    if not _VERSION.fullmatch(version):
        raise errors.invalid("the version of HTTP must be 1.0 or 1.1")
    if not target.startswith("/"):
        raise errors.invalid("the request target must begin with /")
    hosts = headers.get_all("Host", [])
    if len(hosts) > 1 or (not hosts and version != "HTTP/1.0"):
        raise errors.invalid("a request must have one Host header")


def read_body(file: IO[bytes], version: str, headers: Message, limit: int) -> bytes | None:
    """Return the whole body, or None for one of more than `limit` bytes; raise `FcError`."""
    lengths, codings = headers.get_all("Content-Length", []), headers.get_all("Transfer-Encoding")
    if codings is not None:
        if lengths:
            raise errors.invalid("Content-Length and Transfer-Encoding exclude each other")
        if version == "HTTP/1.0" or [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise errors.invalid("the only transfer coding is chunked, of HTTP/1.1")
        return _read_chunks(file, limit)
    if not lengths:
        return b""
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0].strip()):
        raise errors.invalid("Content-Length must be one number of digits only")
    length = int(lengths[0])
    return None if length > limit else _read_exactly(file, length)


def _read_chunks(file: IO[bytes], limit: int) -> bytes | None:
    body = bytearray()
    while size := _chunk_size(file):
        if len(body) + size > limit:
            return None
        body += _read_exactly(file, size)
        if _read_exactly(file, 2) != b"\r\n":
            raise errors.invalid("a chunk is longer than its size")
    read_fields(file)
    return bytes(body)


def _chunk_size(file: IO[bytes]) -> int:
    found = _CHUNK.fullmatch(file.readline(_MAX_LINE))
    if found is None:
        raise errors.invalid("a chunk must begin with its size in hexadecimal digits")
    return int(found[1], 16)


def _read_exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise errors.invalid("the body ended before its length")
    return data
