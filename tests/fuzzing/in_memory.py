"""A connection of the local servers without a socket: the bytes sent and the bytes received."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import loopback

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BODY = 1 << 20


class _Socket:
    """The methods of a socket that a server calls; the client has sent everything already."""

    def __init__(self, received: bytes) -> None:
        self._received = io.BytesIO(received)
        self.sent = bytearray()
        self.is_reset = False

    def makefile(self, mode: str, _size: int = -1) -> Any:
        assert mode == "rb"
        return self._received

    def sendall(self, data: Any) -> None:
        assert not self.is_reset, "bytes on a connection that was reset"
        self.sent += data

    def close(self) -> None:
        self.is_reset = True

    def settimeout(self, _seconds: float) -> None:
        pass

    def setsockopt(self, *_option: object) -> None:
        pass

    def shutdown(self, _how: int) -> None:
        pass


def converse(
    received: bytes,
    respond: Callable[..., None],
    refuse: Callable[..., None] | None = None,
    *,
    max_body: int = MAX_BODY,
) -> tuple[bytes, bool]:
    """Return the bytes that a client gets for these, and whether the connection was reset."""
    server = SimpleNamespace(respond=respond, refuse=refuse or _refuse, max_body=max_body)
    sock: Any = _Socket(received)
    loopback.Connection(sock, ("127.0.0.1", 1), server)  # type: ignore[arg-type]  # it has what the server uses
    return bytes(sock.sent), sock.is_reset


def _refuse(connection: loopback.Connection, problem: loopback.Malformed, _head: Any) -> None:
    connection.send_response(problem.response())
