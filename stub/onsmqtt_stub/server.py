"""The stub as a server on 127.0.0.1, for clients that do not use `requests`."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from onsmqtt_stub import loopback
from onsmqtt_stub._backend import Backend
from onsmqtt_stub._control import PREFIX, Control
from onsmqtt_stub._exchange import Pause, Refuse
from onsmqtt_stub._response import ServerResponse
from onsmqtt_stub._rpc import RpcRequest
from onsmqtt_stub.loopback import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onsmqtt_stub._framing import Received
    from onsmqtt_stub.loopback import Connection

__all__ = ["HOST", "running", "serve"]


@contextmanager
def running(backend: Backend | None = None, *, port: int = 0) -> Iterator[str]:
    """Run a server in a thread, and yield its URL. OSError if the port cannot be used."""
    with loopback.serving(_responder(backend or Backend()), port=port) as url:
        yield url


def serve(backend: Backend, port: int, announce: Callable[[str], object]) -> None:
    """Run a server until SIGTERM or SIGINT. Call `announce` with its URL. Main thread only."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running(backend, port=port) as url:
        announce(url)
        # With a timeout, because a signal that another thread gets does not wake this one.
        while not stop.wait(0.2):
            pass


def _responder(backend: Backend) -> Callable[[Connection, Received], None]:
    control = Control(backend)

    def respond(connection: Connection, received: Received) -> None:
        request = RpcRequest.of(received, connection.client_address[0])
        if request.path.startswith(PREFIX):
            connection.send_response(control.handle(request))
        else:
            _play(backend, request, connection)

    return respond


def _play(backend: Backend, request: RpcRequest, connection: Connection) -> None:
    for step in backend.exchange(request):
        if isinstance(step, Pause):
            backend.sleep(step.seconds)
        elif isinstance(step, ServerResponse):
            connection.send_response(step)
        elif isinstance(step, bytes):
            connection.closing = True
            connection.send(step)
        else:
            # A server sees the call only after it has accepted the connection.
            if isinstance(step, Refuse):
                backend.sleep(step.delay)
            connection.reset()
