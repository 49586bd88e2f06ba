"""Send requests as bytes, because no HTTP client would send some of them."""

from __future__ import annotations

import socket
from email.parser import BytesHeaderParser
from typing import NamedTuple
from urllib.parse import urlsplit


class RawResponse(NamedTuple):
    """The first response of a connection, and all bytes after it."""

    status: int
    content_type: str
    body: bytes
    rest: bytes


def send(url: str, request: bytes, *, half_close: bool = False) -> RawResponse:
    """Send bytes on a new connection, and read it to its end."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=30) as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as file:
            head, _, rest = file.read().partition(b"\r\n\r\n")
    status_line, _, fields = head.partition(b"\r\n")
    headers = BytesHeaderParser().parsebytes(fields)
    size = int(headers["Content-Length"])
    status = int(status_line.split()[1])
    return RawResponse(status, headers["Content-Type"], rest[:size], rest[size:])
