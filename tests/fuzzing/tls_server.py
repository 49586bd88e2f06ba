"""A TLS server on loopback that changes, cuts or splits the bytes that it sends."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import threading
from typing import TYPE_CHECKING, NamedTuple

import trustme

if TYPE_CHECKING:
    from collections.abc import Callable

RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"RequestId":"R-tls"}'
_SECONDS = 2.0  # that a connection may take, however busy the machine is
_NOW = dt.datetime.now(dt.timezone.utc)
_ROOT, _STRANGER = trustme.CA(), trustme.CA()


class Plan(NamedTuple):
    """What happens to the stream of the server, at an offset in bytes.

    `edit` is keep, flip, insert, drop or cut. `before` are bytes ahead of the stream.
    """

    certificate: int = 0
    is_tls12: bool = False
    edit: str = "keep"
    offset: int = 0
    inserted: bytes = b""
    before: bytes = b""
    piece: int = 1 << 16
    says_goodbye: bool = True


def _context(root: trustme.CA, host: str, days: int, *, is_tls12: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if is_tls12:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    begin, end = _NOW - dt.timedelta(days=2), _NOW + dt.timedelta(days=days)
    root.issue_cert(host, not_before=begin, not_after=end).configure_cert(context)
    return context


# The first one is good; the others have another host, are expired, and have an unknown root.
CERTIFICATES = [
    [_context(root, host, days, is_tls12=is_tls12) for is_tls12 in (False, True)]
    for root, host, days in (
        (_ROOT, "127.0.0.1", 1),
        (_ROOT, "onsmqtt.example", 1),
        (_ROOT, "127.0.0.1", -1),
        (_STRANGER, "127.0.0.1", 1),
    )
]


def trusting(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return a context of a client that trusts the root of the good certificate."""
    _ROOT.configure_trust(context)
    return context


class _Link:
    """The TLS of a connection, in memory."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    @staticmethod
    def is_done(step: Callable[[], object]) -> bool:
        """Do a step; return whether it needs no more bytes of the client."""
        try:
            step()
        except ssl.SSLWantReadError:
            return False
        return True


class TlsServer:
    """Serves one connection after the other, each by the plan that is set before it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.plan = Plan()
        self.received = b""  # decrypted
        self.sent = 0  # bytes of the stream, before any edit
        self.response = range(0)  # the offsets of the response's record in the stream
        self.is_finished = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def start(self, plan: Plan) -> None:
        """Set the plan of the next connection."""
        self.plan, self.received, self.sent, self.response = plan, b"", 0, range(0)
        self.is_finished.clear()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            connection.settimeout(_SECONDS)
            with connection, contextlib.suppress(OSError, EOFError):
                self._converse(connection)
            self.is_finished.set()

    def _converse(self, connection: socket.socket) -> None:
        link = _Link(CERTIFICATES[self.plan.certificate][self.plan.is_tls12])
        connection.sendall(self.plan.before)
        self._step(connection, link, link.tls.do_handshake)
        while b"\r\n\r\n" not in self.received:
            self._step(connection, link, lambda: self._read(link.tls))
        begin = self.sent
        link.tls.write(RESPONSE)
        response = link.outgoing.read()
        self.response = range(begin, begin + len(response))
        if self.plan.says_goodbye:
            with contextlib.suppress(ssl.SSLWantReadError):
                link.tls.unwrap()
        self._send(connection, response + link.outgoing.read())

    def _read(self, tls: ssl.SSLObject) -> None:
        data = tls.read(1 << 16)
        if not data:
            raise EOFError
        self.received += data

    def _step(self, connection: socket.socket, link: _Link, step: Callable[[], object]) -> None:
        """Do a step of TLS, and send and receive what it needs."""
        while not link.is_done(step):
            self._send(connection, link.outgoing.read())
            if not (data := connection.recv(1 << 16)):
                raise EOFError
            link.incoming.write(data)
        self._send(connection, link.outgoing.read())

    def _send(self, connection: socket.socket, data: bytes) -> None:
        plan, at = self.plan, self.plan.offset - self.sent
        self.sent += len(data)
        is_cut = False
        if 0 <= at < len(data):
            if plan.edit == "flip":
                data = data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]
            elif plan.edit == "insert":
                data = data[:at] + plan.inserted + data[at:]
            elif plan.edit == "drop":
                data = data[:at] + data[at + 1 :]
            elif plan.edit == "cut":
                data, is_cut = data[:at], True
        for begin in range(0, len(data), plan.piece):
            connection.sendall(data[begin : begin + plan.piece])
        if is_cut:
            raise EOFError
