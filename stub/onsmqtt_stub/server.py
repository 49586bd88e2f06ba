"""The backend behind a port: a threaded werkzeug server of 127.0.0.1 that plays faults for real.

Its handler writes the answers itself: a WSGI application cannot break an answer off, and werkzeug's
own handler closes every connection, whereas the real gateway keeps them.
"""

from __future__ import annotations

import signal
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wsgi import get_input_stream

from onsmqtt_stub.answers import Answer
from onsmqtt_stub.backend import Backend
from onsmqtt_stub.control import PREFIX, control
from onsmqtt_stub.exchange import Pause, Refuse
from onsmqtt_stub.rpc import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from onsmqtt_stub.exchange import Step

HOST = "127.0.0.1"
MAX_BODY = 2**20


@contextmanager
def running(backend: Backend | None = None, *, port: int = 0) -> Iterator[str]:
    """Run a server in a thread, and give its URL; OSError where the port cannot be had."""
    server = _Server(backend or Backend(), port)
    # The poll bounds how long the end takes, not how fast a request is served.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def serve(backend: Backend, port: int, announce: Callable[[str], object]) -> None:
    """Run a server until SIGTERM or SIGINT, in the main thread; `announce` is told the URL."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running(backend, port=port) as url:
        announce(url)
        stop.wait()


class _Server(ThreadedWSGIServer):
    def __init__(self, backend: Backend, port: int) -> None:
        self.backend = backend
        self._connections: set[Any] = set()
        # Bound here, since werkzeug ends the process where the port is taken.
        with socket.create_server((HOST, port), backlog=1024) as bound:
            application: Any = None  # the handler needs none
            super().__init__(HOST, port, application, _Handler, fd=bound.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        # A kept connection would keep its thread as well.
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request; http.server calls it for every method."""
        try:
            request = self._received()
        except HTTPException as problem:
            self.send_error(problem.code or 400)
            return
        except (ValueError, OSError):
            self.send_error(400)
            return
        if request.path.startswith(PREFIX):
            self._play([control(self.server.backend, request)])
        else:
            self._play(self.server.backend.exchange(request))

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing: the journal is the log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing; werkzeug's own raises on some request lines."""

    def _received(self) -> Request:
        environ = self.make_environ()
        url = urlsplit(self.path)
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value.strip() if known is None else f"{known},{value.strip()}"
        if "HTTP_HOST" in environ:
            headers["host"] = environ["HTTP_HOST"]
        body = get_input_stream(environ, max_content_length=MAX_BODY).read()
        return Request(
            method=self.command,
            path=url.path or "/",
            query=url.query.encode("latin-1", "replace").decode("utf-8", "replace"),
            headers=headers,
            body=body,
            source_ip=self.client_address[0],
        )

    def _play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Pause):
                self.server.backend.sleep(step.seconds)
            elif isinstance(step, Answer):
                head = step.head(close=self.close_connection)
                self.wfile.write(head if self.command == "HEAD" else head + step.body)
            elif isinstance(step, bytes):
                self.close_connection = True
                self.wfile.write(step)
            else:
                # No listening socket can refuse by what a request says.
                if isinstance(step, Refuse):
                    self.server.backend.sleep(step.delay)
                self._reset()

    def _reset(self) -> None:
        """Send a RST: a socket that does not linger drops what it holds when it closes."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Closed before the server would shut it down, which would send a FIN first.
        self.connection.close()
