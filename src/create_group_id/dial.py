"""Connect a socket, and read a response from it within a deadline.

Deadlines are times of `time.monotonic`, in seconds.
"""

from __future__ import annotations

import functools
import io
import queue
import re
import socket
import ssl
import threading
import time
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, cast

import certifi

_MAX_RECEIVED = 1024 * 1024  # bytes of a response, with headers, chunk sizes and trailers
MAX_RESPONSE = 64 * 1024  # bytes of the content of a response
# RFC 9112, 4 and 7.1; http.client accepts what int() accepts: +200, 2_00, and a chunk's size of -1,
# for which it reads without a limit.
_STATUS_LINE = re.compile(rb"(HTTP/1\.[0-9]) ([1-9][0-9][0-9])(?: [\t -~\x80-\xff]*)?\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\x00\r\n]*)?\r\n")
_LENGTH = re.compile("[0-9]{1,18}")
# The package step writes each root of certifi into a file named after the hash of its subject, so
# that a handshake reads only the one that it needs. Parsing certifi's own file takes 25 ms.
ROOTS = Path(__file__).parent / "roots"


def connect(host: str, port: int, deadline: float, context: ssl.SSLContext | None) -> socket.socket:
    """Return a socket that is connected to a host by `deadline`, with TLS if `context` is not None.

    Raise OSError; no request was sent then.
    """
    sock = _connect_to_first(_resolve(host, port, deadline), deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        if context is None:
            return sock
        # The socket's timeout limits the whole handshake, not each read.
        sock.settimeout(remaining(deadline))
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _resolve(host: str, port: int, deadline: float) -> list[Any]:
    # The system's resolver has no timeout, so it runs in a thread: a daemon, since Python waits for
    # all other threads before it exits, also for those of an executor.
    resolved: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            resolved.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            resolved.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        addresses = resolved.get(timeout=remaining(deadline))
    except queue.Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(addresses, Exception):
        raise addresses
    return addresses


def _connect_to_first(addresses: list[Any], deadline: float) -> socket.socket:
    """Try each address in turn, each with its share of the time that is left."""
    last_error: OSError = OSError("the name has no address")
    for position, (family, _, _, _, address) in enumerate(addresses):
        seconds = remaining(deadline) / (len(addresses) - position)
        try:
            return _connect_to(family, address, seconds)
        except OSError as error:  # a kernel without IPv6 cannot create the socket
            last_error = error
    raise last_error


def _connect_to(family: int, address: Any, seconds: float) -> socket.socket:
    sock = socket.socket(family)
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
        self._sock.settimeout(remaining(self._deadline))
        received = self._sock.recv_into(buffer)
        self.is_at_end = not received
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise HTTPException("the response is too long")
        return received


class _LineReader(io.BufferedReader):
    """A file that rejects lines with a bare CR (RFC 9112, 2.2) or a NUL (RFC 9110, 5.5).

    http.client ends a line at a bare CR, which other readers take for a part of the header.
    """

    def readline(self, *size: Any) -> bytes:
        """Read a line; raise HTTPException if it is invalid."""
        line = super().readline(*size)
        if b"\r" in line[:-2] or b"\0" in line:
            raise HTTPException("a control character in a line")
        return line


class FinalResponse(HTTPResponse):
    """The final response, after any number of interim ones (RFC 9110, 15.2)."""

    _shows_its_end: bool  # whether the headers say where the content ends
    _has_trailing_data: bool  # whether bytes follow the end of the response, once it was read

    def begin(self) -> None:
        """Read the head; raise HTTPException if its framing is invalid (RFC 9112, 6.3)."""
        super().begin()
        codings = self.headers.get_all("transfer-encoding", [])
        lengths = self.headers.get_all("content-length", [])
        if codings:
            if [coding.strip(" \t").lower() for coding in codings] != ["chunked"]:
                raise HTTPException("unknown transfer coding")
            # http.client reads chunks after the head of a 204 or 304 too, which have no content.
            self.chunked = self.status not in (204, 304)
            self.chunk_left, self.length = None, 0
        elif lengths:
            stripped = {length.strip(" \t") for length in lengths}
            if len(stripped) > 1 or not _LENGTH.fullmatch(stripped.pop()):
                raise HTTPException("invalid Content-Length")
        # An invalid header line hides those after it. Keep-Alive of HTTP/1.0 is not supported.
        options = self.headers.get_all("connection", [])
        closes = any("close" in option.lower() for option in options)
        is_clear = not self.headers.defects and self.version == 11 and not closes
        self._shows_its_end = len(codings) + len(lengths) == 1 and is_clear

    @property
    def has_clear_end(self) -> bool:
        """Whether the response was read to its end, and its headers say where that is."""
        return self._shows_its_end and self.isclosed() and not self._has_trailing_data

    def _close_conn(self) -> None:
        cast("SocketReader", self.fp.raw).is_at_end = True
        self._has_trailing_data = bool(self.fp.peek())
        super()._close_conn()  # type: ignore[misc]  # not in typeshed

    def _read_status(self) -> tuple[str, int, str]:
        # http.client skips only 100, and takes any other 1xx for the final response.
        while match := _STATUS_LINE.fullmatch(self.fp.readline()):
            version, status = match.groups()
            if status >= b"200":
                return version.decode(), int(status), ""
            while self.fp.readline() not in (b"\r\n", b"\n", b""):
                pass
        raise HTTPException("invalid status line")

    def _get_chunk_left(self) -> int | None:
        # http.client drops the two bytes after a chunk, whatever they are.
        if self.chunk_left == 0:
            if self._safe_read(2) != b"\r\n":  # type: ignore[attr-defined]  # likewise
                raise HTTPException("a chunk is longer than its size")
            self.chunk_left = None
        return super()._get_chunk_left()  # type: ignore[misc,no-any-return]  # likewise

    def _read_next_chunk_size(self) -> int:
        if match := _CHUNK_SIZE.fullmatch(self.fp.readline()):
            return int(match[1], 16)
        raise HTTPException("invalid chunk size")


def remaining(deadline: float) -> float:
    """Return the seconds until a deadline; raise TimeoutError if none are left."""
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
