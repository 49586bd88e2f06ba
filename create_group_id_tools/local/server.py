"""A port of loopback: each request that arrives is answered by one function, in a thread.

It writes answers itself, as werkzeug's own handler closes every connection, and builds an
environment that nobody here needs: together a good part of a call's time.
"""

from __future__ import annotations

import io
import socket
import threading
import traceback
from contextlib import contextmanager, suppress
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.serving import DechunkedInput, ThreadedWSGIServer, WSGIRequestHandler

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
MAX_BODY = 32 << 20
_LINGER_SECONDS, _LINGER_BYTES = 0.1, 64 << 20
_BROKEN = HttpResponse(500, b"", {"Connection": "close"})


@contextmanager
def running(answer: Callable[[HttpRequest], HttpResponse], *, port: int = 0) -> Iterator[str]:
    """Serve in a thread, and give the URL; OSError where the port cannot be had."""
    server = _Server(answer, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()


class _Server(ThreadedWSGIServer):
    def __init__(self, answer: Callable[[HttpRequest], HttpResponse], port: int) -> None:
        self.answer = answer
        self._connections: set[Any] = set()
        # Bound here, since werkzeug ends the process where the port is taken.
        with socket.create_server((HOST, port), backlog=128) as bound:
            no_application: Any = None
            super().__init__(HOST, port, no_application, _Handler, fd=bound.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        # An idle connection would keep its thread.
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request; http.server calls it for every method."""
        try:
            request = self._received()
        except (ValueError, OSError):
            self.send_error(400)
            return
        try:
            response = self.server.answer(request)
        except Exception:  # noqa: BLE001 - a bug of ours is one answer, not the end of the thread
            note(traceback.format_exc())
            response = _BROKEN
        self._write(response)

    def _received(self) -> HttpRequest:
        raw_path, _, query = self.path.partition("?")
        body = self._body()
        return HttpRequest(
            method=self.command,
            raw_path=raw_path,
            target=self.path,
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers=tuple(self.headers.items()),
            body=body[:MAX_BODY],
            cut=len(body) > MAX_BODY,
            source_ip=self.client_address[0],
            protocol=self.request_version,
        )

    def _body(self) -> bytes:
        """Read the body, of one that is too large no more than tells so."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            file: Any = self.rfile  # which werkzeug's and typeshed's types name differently
            chunks: Any = DechunkedInput(file)
            return io.BufferedReader(chunks).read(MAX_BODY + 1)
        length = int(self.headers.get("Content-Length", "0"))
        if length < 0:
            raise ValueError
        return b" " * (MAX_BODY + 1) if length > MAX_BODY else self.rfile.read(length)

    def _write(self, response: HttpResponse) -> None:
        self.send_response(response.status, responses.get(response.status, ""))
        for name, value in response.headers.items():
            # "Connection: close" is noted by http.server itself.
            self.send_header(name, value)
        bare = response.status in (204, 304)
        if not bare:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if not bare and self.command != "HEAD":
            self.wfile.write(response.body)
        if self.close_connection:
            self._linger()

    def _linger(self) -> None:
        """Read what is still coming: closed at once, the connection would lose the answer."""
        left = _LINGER_BYTES
        with suppress(OSError):
            self.connection.settimeout(_LINGER_SECONDS)
            self.connection.shutdown(socket.SHUT_WR)
            while left > 0 and (read := len(self.rfile.read1(1 << 16))):
                left -= read

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Say nothing: the function's log tells what came."""
