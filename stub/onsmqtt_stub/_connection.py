"""A connection of urllib3 without a socket: what is sent goes to a backend, which answers.

All that a client meets, its retries, timeouts and errors included, comes from the code of urllib3
and of the standard library that a real connection would go through.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from onsmqtt_stub import _framing
from onsmqtt_stub._exchange import Pause, Refuse
from onsmqtt_stub._framing import Malformed
from onsmqtt_stub._response import ServerResponse
from onsmqtt_stub._rpc import RpcRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._exchange import Step


class _InProcessConnection(HTTPConnection):
    """A connection that ends in a backend; the backend's `sleep` stands for all waiting."""

    def __init__(self, *, backend: Backend, default_port: int, **options: Any) -> None:
        super().__init__(**options)
        self.default_port = default_port  # type: ignore[misc]  # https has another
        self._backend = backend
        self._connect_timeout: Any = None

    def connect(self) -> None:
        """Pretend to: whether it is refused depends on the call, which is not known yet."""
        self._connect_timeout = self.timeout
        socket: Any = _InProcessSocket(self)
        self.sock = socket

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open; there is nothing to poll."""
        return self.sock is not None

    def exchange(self, sent: bytes) -> tuple[Iterator[Step], bool]:
        """Hand over what was sent; return the steps, and whether the response has no body."""
        file = io.BytesIO(sent)
        try:
            head = _framing.read_head(file)
            assert head is not None  # noqa: S101 - http.client has just written it
            body = _framing.read_body(file, head, sys.maxsize)
            request = RpcRequest.of(_framing.request(head, body))
        except Malformed as problem:
            return iter([problem.response()]), False
        return self._backend.exchange(request), head.method == "HEAD"

    def sleep(self, seconds: float) -> None:
        """Wait as the backend does."""
        self._backend.sleep(seconds)

    def refuse(self, delay: float) -> NoReturn:
        """Fail to connect within `delay` seconds, or in the client's own time."""
        limit = self._connect_timeout
        if isinstance(limit, int | float) and delay >= limit:
            self.sleep(limit)
            raise ConnectTimeoutError(
                self, f"Connection to {self.host} timed out. (connect timeout={limit})"
            )
        self.sleep(delay)
        raise NewConnectionError(
            self,
            f"Failed to establish a new connection: [Errno {errno.ECONNREFUSED}] "
            f"{os.strerror(errno.ECONNREFUSED)}",
        )


class InProcessPool(urllib3.HTTPConnectionPool):
    """A pool for one request and its retries."""

    ConnectionCls = _InProcessConnection
    # Whatever another mock puts in its place: what comes here is ours.
    urlopen = urllib3.HTTPConnectionPool.urlopen

    def __init__(self, backend: Backend, url: str) -> None:
        parts = urlsplit(url)
        default = 443 if parts.scheme == "https" else 80
        super().__init__(
            parts.hostname or "", parts.port or default, backend=backend, default_port=default
        )
        self.scheme = parts.scheme


class _InProcessSocket:
    """What http.client wants of a socket."""

    def __init__(self, connection: _InProcessConnection) -> None:
        self._connection = connection
        self._sent = bytearray()
        self.timeout: float | None = None

    def sendall(self, data: Any) -> None:
        self._sent += data

    def settimeout(self, timeout: float | None) -> None:
        self.timeout = timeout

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_ResponseReader(self._connection, self, bytes(self._sent)))

    def shutdown(self, _how: int) -> None:
        """Shut nothing down."""

    def close(self) -> None:
        """Close nothing: the response may still be read."""


class _ResponseReader(io.RawIOBase):
    """What a socket would receive: some bytes, none at the end, or an exception."""

    def __init__(
        self, connection: _InProcessConnection, socket: _InProcessSocket, sent: bytes
    ) -> None:
        self._connection, self._socket = connection, socket
        self._steps, self._bare = connection.exchange(sent)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        for step in () if self._left else self._steps:
            if isinstance(step, Pause):
                self._wait(step.seconds)
            elif isinstance(step, Refuse):
                self._connection.refuse(step.delay)
            elif isinstance(step, bytes):
                self._left = step
            elif isinstance(step, ServerResponse):
                self._left = step.head() + (b"" if self._bare else step.body)
            else:
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            if self._left:
                break
        size = min(len(self._left), len(buffer))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _wait(self, seconds: float) -> None:
        """Sleep through a pause; where the client is less patient, until it gives up."""
        limit = self._socket.timeout
        if limit is None or seconds < limit:
            self._connection.sleep(seconds)
            return
        self._connection.sleep(limit)
        # Nobody cancels the server: what is still to be committed is.
        for _ in self._steps:
            pass
        raise TimeoutError("timed out")
