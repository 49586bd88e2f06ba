"""Connect a socket and read from it within a deadline.

Deadlines are times of `time.monotonic`, in seconds.
"""

from __future__ import annotations

import functools
import io
import queue
import socket
import ssl
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any

import certifi

_MAX_RECEIVED = 1024 * 1024  # bytes of a response, with headers, chunk sizes and trailers
# The package step writes each root of certifi into a file named after the hash of its subject, so
# that a handshake reads only the one that it needs. Parsing certifi's own file takes 25 ms.
ROOTS = Path(__file__).parent / "roots"


def connect(host: str, port: int, deadline: float, context: ssl.SSLContext | None) -> socket.socket:
    """Return a socket that is connected to a host by `deadline`, with TLS if `context` is not None.

    Raise OSError or ValueError; no request was sent then.
    """
    sock = _connect_to_first(_resolve(host, port, deadline), deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            return sock
        # The socket's timeout limits the whole handshake, not each read.
        sock.settimeout(_remaining(deadline))
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _resolve(host: str, port: int, deadline: float) -> list[Any]:
    # The system's resolver has no timeout, so it runs in a thread: a daemon, since Python waits for
    # all other threads before it exits, also for those of an executor.
    resolved: queue.SimpleQueue[list[Any] | OSError | ValueError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            resolved.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            resolved.put(error)

    threading.Thread(target=resolve, name="resolver", daemon=True).start()
    try:
        addresses = resolved.get(timeout=_remaining(deadline))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(addresses, Exception):
        raise addresses
    return addresses


def _connect_to_first(addresses: list[Any], deadline: float) -> socket.socket:
    """Try each address in turn, each with its share of the time that is left."""
    last_error: OSError = OSError("the name has no address")
    for position, address in enumerate(addresses):
        seconds = _remaining(deadline) / (len(addresses) - position)
        try:
            return _connect_to(address, seconds)
        except OSError as error:  # a kernel without IPv6 cannot create the socket
            last_error = error
    raise last_error


def _connect_to(address_info: Any, seconds: float) -> socket.socket:
    family, kind, protocol, _, address = address_info
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


class SocketReader(io.RawIOBase):
    """Reads a socket for `HTTPResponse`; each read may take the time left until the deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline, self._bytes_left = sock, deadline, _MAX_RECEIVED
        self.is_at_end = False  # once it is True, nothing more is read

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the file object that `HTTPResponse` reads."""
        return _LineReader(self)

    def readable(self) -> bool:
        """Return True, which `BufferedReader` requires."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes; raise TimeoutError after the deadline."""
        if self.is_at_end:
            return 0
        self._sock.settimeout(_remaining(self._deadline))
        received = self._sock.recv_into(buffer)
        self.is_at_end = not received
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise HTTPException("the response is too long")
        return received


class _LineReader(io.BufferedReader):
    """A file whose lines hold no bare CR (RFC 9112, 2.2) and no NUL (RFC 9110, 5.5).

    http.client takes a CR for the end of a line, where another reader sees one header.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line; raise HTTPException where it is invalid."""
        line = super().readline(size)
        if b"\r" in line[:-2] or b"\0" in line:
            raise HTTPException("a control character in a line")
        return line


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the shared TLS context, which trusts certifi's roots and requires TLS 1.2 or later.

    `ssl.create_default_context` would read SSLKEYLOGFILE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ROOTS.is_dir():
        context.load_verify_locations(capath=ROOTS)
    else:
        context.load_verify_locations(cafile=certifi.where())
    return context
