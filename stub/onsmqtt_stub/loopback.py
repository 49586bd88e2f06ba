"""A server on 127.0.0.1: one function handles each request, in a thread.

It is the base of the stub's server, and of other local servers. The function writes the response
itself, so that it can delay it, cut it off or reset the connection.
"""

from __future__ import annotations

import errno
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import _framing
from onsmqtt_stub._endpoints import is_loopback
from onsmqtt_stub._framing import BodyTooLarge, Head, Malformed, Received
from onsmqtt_stub._response import ServerResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Respond = Callable[["Connection", Received], None]
    Refuse = Callable[["Connection", Malformed, Head | None], None]

__all__ = [
    "HOST",
    "BodyTooLarge",
    "Connection",
    "Head",
    "Malformed",
    "Received",
    "ServerResponse",
    "is_loopback",
    "serving",
]

HOST = "127.0.0.1"
_LINGER_SECONDS, _LINGER_BYTES = 0.1, 64 << 20
_PAUSE_SECONDS = 0.1


@contextmanager
def serving(
    respond: Respond,
    refuse: Refuse | None = None,
    *,
    port: int = 0,
    max_body: int = 1 << 20,
    idle_seconds: float = 60,
) -> Iterator[str]:
    """Serve in a thread, and yield the URL. OSError if the port cannot be used.

    `respond` gets every request. `refuse` gets every malformed request, with its head if that was
    read; by default it returns a line of text. A body of more than `max_body` bytes is malformed.
    A connection ends when nothing arrives for `idle_seconds` while a request is expected or read.
    """
    server = _Server(respond, refuse or _refuse, max_body, idle_seconds, port)
    # The poll interval limits how long the end takes, not how long a request takes.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Connection(StreamRequestHandler):
    """A client's connection. It is kept for the next request, unless `closing` is set."""

    server: _Server
    disable_nagle_algorithm = True
    closing = False
    method = ""

    def handle(self) -> None:
        """Handle one request after the other."""
        # The client may close the connection, or stop sending.
        with suppress(ConnectionError, TimeoutError):
            while not self.closing and self._next():
                pass

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.wfile.write(data)

    def send_response(self, response: ServerResponse) -> None:
        """Send a response, without its body if the method is HEAD."""
        head = response.head(close=self.closing)
        self.send(head if self.method == "HEAD" or response.is_bare else head + response.body)

    def reset(self) -> None:
        """Send a RST: without linger time, a closed socket drops its unsent bytes."""
        self.closing = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Close it before the server shuts it down, which sends a FIN first.
        self.connection.close()

    def linger(self) -> None:
        """End the connection, but read what still arrives: a reset can lose the response."""
        self.closing = True
        left = _LINGER_BYTES
        with suppress(OSError):
            self.connection.settimeout(_LINGER_SECONDS)
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (read := len(self.rfile.read1(1 << 16))):
                left -= read

    def _next(self) -> bool:
        head = None
        try:
            head = _framing.read_head(self.rfile)
            if head is None:
                return False
            self.method, self.closing = head.method, not head.keeps_alive
            if head.expects_continue:
                self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = _framing.read_body(self.rfile, head, self.server.max_body)
            received = _framing.request(head, body)
        except Malformed as problem:
            self.closing = True
            self.server.refuse(self, problem, head)
            self.linger()
            return False
        self.server.respond(self, received)
        return True


def _refuse(connection: Connection, problem: Malformed, _head: Head | None) -> None:
    connection.send_response(problem.response())


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(
        self, respond: Respond, refuse: Refuse, max_body: int, idle_seconds: float, port: int
    ) -> None:
        self.respond, self.refuse = respond, refuse
        self.max_body, self._idle_seconds = max_body, idle_seconds
        self._connections: set[Any] = set()
        super().__init__((HOST, port), Connection)

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection, with its timeout."""
        try:
            connection, address = super().get_request()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                # The connection stays in the backlog, so that the loop tries again at once.
                time.sleep(_PAUSE_SECONDS)
            raise
        connection.settimeout(self._idle_seconds)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        # A connection that is kept keeps its thread, too.
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
