"""The application behind a port of loopback: a thread a request."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"


@contextmanager
def running(application: Callable[..., Any], *, port: int = 0) -> Iterator[str]:
    """Serve in a thread, and give the URL; OSError where the port cannot be had."""
    # Bound here, since werkzeug ends the process where the port is taken.
    with socket.create_server((HOST, port), backlog=128) as bound:
        server = ThreadedWSGIServer(HOST, port, application, _Handler, fd=bound.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.port}"
    finally:
        server.shutdown()
        thread.join()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the function's log tells what came."""
