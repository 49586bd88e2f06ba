"""Servers on loopback that misbehave as a test asks, and certificates for them."""

from __future__ import annotations

import datetime as dt
import re
import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RESPONSE_BODY = b'{"RequestId":"2C7D722D-0F3D-4415-A9CD-A464D82C0000"}'


def http_response(
    status: str = "200 OK",
    body: bytes = RESPONSE_BODY,
    headers: str = "",
    *,
    length: int | None = None,
) -> bytes:
    """Return the bytes of an HTTP response; `length` may be wrong on purpose."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


class Served:
    """What a server received: connections, heads of requests; and whether it closed one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.closed = threading.Event()
        self.connections = 0
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(
    behave: Callable[[socket.socket], object], tls: ssl.SSLContext | None = None
) -> Iterator[Served]:
    """Run a server that reads a request and then calls `behave`, for each request of a connection.

    The connection stays open for another request if `behave` returns a true value.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    served = Served(listener.getsockname()[1])

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                if tls:
                    connection = tls.wrap_socket(connection, server_side=True)
                while head := _head(connection):
                    served.heads.append(head)
                    if not behave(connection):
                        return
            except OSError:
                return  # the client hung up, which is what some tests are about
            finally:
                connection.close()
                served.closed.set()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            served.connections += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _head(connection: socket.socket) -> str:
    """Read a request and return its head; empty if the client has disconnected."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return ""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    left = int(length[1]) - len(body) if length else 0
    while left > 0:
        left -= len(connection.recv(left)) or left
    return head.decode()


def a_certificate(folder: Path, host: str, *, days: int = 1) -> tuple[ssl.SSLContext, Path]:
    """Issue a certificate by a new root; return the server's context and the file of the root."""
    now, root = dt.datetime.now(dt.timezone.utc), trustme.CA(organization_unit_name="tests")
    issued = root.issue_cert(
        host, not_before=now - dt.timedelta(days=2), not_after=now + dt.timedelta(days=days)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    trusted = folder / f"{host}.pem"
    root.cert_pem.write_to_path(str(trusted))
    return context, trusted
