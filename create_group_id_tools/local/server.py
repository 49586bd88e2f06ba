"""A port of loopback: each request that arrives is answered by one function, in a thread.

It writes answers itself, as werkzeug's own handler closes every connection, and builds an
environment that nobody here needs: together a good part of a call's time.
"""

from __future__ import annotations

import errno
import io
import socket
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from http.client import responses
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import errors, framing
from create_group_id_tools.local.errors import FcError
from create_group_id_tools.runtime.context import new_request_id
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
MAX_BODY = 32 << 20
_LINGER_SECONDS, _LINGER_BYTES = 0.1, 64 << 20
_PAUSE_SECONDS = 0.1


@contextmanager
def running(
    answer: Callable[[HttpRequest], HttpResponse], *, port: int = 0, idle_seconds: float = 60
) -> Iterator[str]:
    """Serve in a thread, and yield the URL; raise OSError where the port cannot be had.

    A connection ends when nothing arrives for `idle_seconds` while a request is awaited or read.
    """
    server = _Server(answer, port, idle_seconds)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()


class _Server(ThreadedWSGIServer):
    def __init__(
        self, answer: Callable[[HttpRequest], HttpResponse], port: int, idle_seconds: float
    ) -> None:
        self.answer, self._idle_seconds = answer, idle_seconds
        self._connections: set[Any] = set()
        # Bound here, since werkzeug ends the process where the port is taken.
        with socket.create_server((HOST, port), backlog=128) as bound:
            no_application: Any = None
            super().__init__(HOST, port, no_application, _Handler, fd=bound.fileno())

    def get_request(self) -> tuple[Any, Any]:
        """Accept a connection, with its time-out."""
        try:
            connection, address = super().get_request()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                # It stays in the backlog, and the loop would try again at once.
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
        # An idle connection would keep its thread.
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    command = ""  # until the request line is read

    def parse_request(self) -> bool:
        """Read the head, which the standard library would read more loosely."""
        body = self.rfile
        try:
            self.rfile = io.BytesIO(framing.read_fields(cast("IO[bytes]", body)))
            return super().parse_request()
        except FcError as error:
            self._refuse(error)
            return False
        finally:
            self.rfile = body

    def run_wsgi(self) -> None:
        """Answer one request; http.server calls it for every method."""
        try:
            request = self._received()
        except FcError as error:
            self._refuse(error)
            return
        except TimeoutError:
            self._refuse(errors.invalid("the body did not arrive in time"))
            return
        try:
            response = self.server.answer(request)
        except Exception:  # noqa: BLE001 - a bug of ours is one answer, not the end of the thread
            note(traceback.format_exc())
            self._refuse(FcError(500, "InternalServerError", "see the terminal of the server"))
            return
        self._write(response)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what http.server could not read, without its text, which quotes the request."""
        del message, explain
        text = "the request line is too long" if code == 414 else "the request line is malformed"
        self._refuse(errors.invalid(text))

    def _received(self) -> HttpRequest:
        framing.check_head(self.path, self.request_version, self.headers)
        raw_path, _, query = self.path.partition("?")
        file = cast("IO[bytes]", self.rfile)
        body = framing.read_body(file, self.request_version, self.headers, MAX_BODY)
        return HttpRequest(
            method=self.command,
            raw_path=raw_path,
            target=self.path,
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers=tuple(self.headers.items()),
            body=body or b"",
            cut=body is None,
            source_ip=self.client_address[0],
            protocol=self.request_version,
        )

    def _refuse(self, error: FcError) -> None:
        # http.server writes no status line for what it takes for HTTP/0.9.
        self.request_version = self.protocol_version
        request_id = new_request_id()
        self._write(errors.response(error, request_id, error.body(request_id)))

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
        """Log nothing: the function's log says what came."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing; werkzeug's own raises where no request line was read."""
