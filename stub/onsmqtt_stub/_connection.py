"""A connection of urllib3 without a socket: a backend handles what is sent.

Retries, timeouts and errors come from the same code of urllib3 and of the standard library as those
of a real connection.
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
    """A connection to a backend. All waiting is done by the backend's `sleep`."""

    def __init__(self, *, backend: Backend, default_port: int, **options: Any) -> None:
        super().__init__(**options)
        self.default_port = default_port  # type: ignore[misc]  # https has another port
        self._backend = backend
        self._connect_timeout: Any = None

    def connect(self) -> None:
        """Pretend to connect. A fault can refuse the connection only when it sees the call."""
        self._connect_timeout = self.timeout
        socket: Any = _InProcessSocket(self)
        self.sock = socket

    @property
    def is_connected(self) -> bool:
        """Return whether the connection is open. There is nothing to poll."""
        return self.sock is not None

    def exchange(self, sent: bytes) -> tuple[Iterator[Step], bool]:
        """Return the steps of the sent request, and whether the response has no body."""
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
        """Wait with the backend's `sleep`."""
        self._backend.sleep(seconds)

    def refuse(self, delay: float) -> NoReturn:
        """Refuse the connection after `delay` seconds, or time out if the client does first."""
        timeout = self._connect_timeout
        if isinstance(timeout, int | float) and delay >= timeout:
            self.sleep(timeout)
            raise ConnectTimeoutError(
                self, f"Connection to {self.host} timed out. (connect timeout={timeout})"
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
    # Another mock may have replaced it, but requests in this pool are for the backend.
    urlopen = urllib3.HTTPConnectionPool.urlopen

    def __init__(self, backend: Backend, url: str) -> None:
        parts = urlsplit(url)
        default = 443 if parts.scheme == "https" else 80
        super().__init__(
            parts.hostname or "", parts.port or default, backend=backend, default_port=default
        )
        self.scheme = parts.scheme


class _InProcessSocket:
    """The methods of a socket that http.client calls."""

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
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: the response may still be read."""


class _ResponseReader(io.RawIOBase):
    """The bytes of the response, as a socket receives them, or an exception."""

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
        """Sleep through a pause, or until the client's read timeout."""
        timeout = self._socket.timeout
        if timeout is None or seconds < timeout:
            self._connection.sleep(seconds)
            return
        self._connection.sleep(timeout)
        # The server goes on: it still commits the call.
        for _ in self._steps:
            pass
        raise TimeoutError("timed out")
