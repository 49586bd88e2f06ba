"""Sockets by a deadline: the name resolved, all addresses tried, the handshake made, bytes read.

Times are of `time.monotonic`, since sockets know no other clock.
"""

from __future__ import annotations

import functools
import io
import os
import queue
import socket
import ssl
import threading
import time
from http.client import HTTPException
from typing import Any

import certifi

_MAX_RECEIVED = 1024 * 1024  # bytes of a response with all its heads, chunk sizes and trailers
# certifi's roots as the package step lays them, each in a file named by the hash of its subject:
# a handshake reads the one that it needs. Parsing all of them from certifi's file takes 25 ms.
ROOTS = os.path.join(os.path.dirname(__file__), "roots")  # noqa: PTH118, PTH120 - a str is asked for


def connect(host: str, port: int, deadline: float, context: ssl.SSLContext | None) -> socket.socket:
    """Return a socket connected to a host by `deadline`, through TLS where a context is given.

    Raises OSError or ValueError; nothing of ours has been sent then.
    """
    sock = _connect_to_first(_resolve(host, port, deadline), deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is None:
            return sock
        # Python bounds the whole handshake by the socket's timeout, not each read of it.
        sock.settimeout(_remaining(deadline))
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _resolve(host: str, port: int, deadline: float) -> list[Any]:
    # The system's resolver takes no timeout. A daemon thread, since the instance must be able to
    # exit while a name server is silent; an executor's threads would be waited for.
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
        except OSError as error:  # a kernel without IPv6 refuses such a socket itself
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
    """What `HTTPResponse` reads a socket through: each read gets what is left of the time."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline, self._bytes_left = sock, deadline, _MAX_RECEIVED
        self.is_at_end = False  # nothing more is read

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the file that `HTTPResponse` asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return True, as `BufferedReader` asks."""
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


def _remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the one context, which verifies against certifi's roots and speaks at least TLS 1.2.

    Not by `ssl.create_default_context`, which reads SSLKEYLOGFILE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if os.path.isdir(ROOTS):  # noqa: PTH112 - as above
        context.load_verify_locations(capath=ROOTS)
    else:
        context.load_verify_locations(cafile=certifi.where())
    return context
