"""A server that replaces the sockets: it sends the bytes of an input, at the times in it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id import connection
from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

# How the exchange goes wrong, if it does.
OPEN, END, RESET, REFUSED, UNROUTED, UNSENT, UNSENT_SLOWLY = range(7)
_PIECES = (1 << 20, 1 << 20, 1 << 20, 1, 7, 100, 4096)
_MAX_PIECES = 500
_PAUSES = (0.0, 0.0, 0.0, 0.001, 0.4, 2.0, 30.0)
_ENDINGS = (OPEN, OPEN, OPEN, END, END, RESET, REFUSED, UNROUTED, UNSENT, UNSENT_SLOWLY)


class Script(NamedTuple):
    """The response to one request: its bytes, the size of a piece, the seconds before each."""

    sent: bytes
    piece: int = 1 << 20
    pause: float = 0.0
    ending: int = OPEN

    @classmethod
    def read(cls, data: bytes) -> Script:
        """Read a script: three bytes of options, then the bytes to send."""
        size, pause, ending = data[:3].ljust(3, b"\0")
        return cls(
            data[3:],
            _PIECES[size % len(_PIECES)],
            _PAUSES[pause % len(_PAUSES)],
            _ENDINGS[ending % len(_ENDINGS)],
        )

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """Yield the time of each piece, and the piece; an empty one ends the connection."""
        arrival, piece = TIME.elapsed, max(self.piece, len(self.sent) // _MAX_PIECES)
        for at in range(0, len(self.sent), piece):
            arrival += self.pause
            yield arrival, self.sent[at : at + piece]
        if self.ending in (END, RESET):
            yield arrival + self.pause, b""


class Exchange:
    """What the function read after one request; `ending` is END, RESET, or None while it is open.

    `connection` is the number of its connection, None where none was made.
    """

    def __init__(self, connection: int | None) -> None:
        self.connection = connection
        self.received = b""
        self.ending: int | None = None
        self.is_late = False  # the function stopped waiting
        self.is_unread = False  # more had arrived when the next request was sent


class ScriptedServer:
    """Sends the next script for each request, and what `good` returns after the last one."""

    def __init__(self) -> None:
        self._scripts: list[Script] = []
        self.exchanges: list[Exchange] = []
        self.connections = 0

    def restart(self, scripts: list[Script]) -> None:
        """Reset the server, and start with these scripts."""
        self._scripts, self.exchanges, self.connections = list(scripts), [], 0

    def leave_out_the_rest(self) -> None:
        """Send good responses from now on."""
        self._scripts = []

    def next(self) -> Script:
        """Return the script of the next request."""
        if self._scripts:
            return self._scripts.pop(0)
        body = b'{"RequestId":"R-%d"}' % len(self.exchanges)
        return Script(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def connect(self, _host: str, _port: int, deadline: float, _context: object) -> ScriptedSocket:
        """Replace `dial.connect`."""
        ending = self._scripts[0].ending if self._scripts else OPEN
        if ending in (REFUSED, UNROUTED):
            self._scripts.pop(0)
            self.exchanges.append(Exchange(None))
            if ending == UNROUTED:
                TIME.sleep(max(deadline - TIME.monotonic(), 0.0))
                raise TimeoutError("timed out")
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        self.connections += 1
        return ScriptedSocket(self, self.connections)


class ScriptedSocket:
    """The methods of a socket that the function calls."""

    def __init__(self, server: ScriptedServer, number: int) -> None:
        self._server, self._number = server, number
        self._pieces: list[tuple[float, bytes]] = []
        self._timeout = 0.0
        self._exchange = Exchange(number)
        self._resets = self._is_closed = False

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0, "a timeout of zero, which would not wait"
        self._timeout = seconds

    def pending(self) -> int:
        return 0

    def has_arrived(self) -> bool:
        """Return whether there are bytes to read, or the end of the connection."""
        return bool(self._pieces) and self._pieces[0][0] <= TIME.elapsed

    def sendall(self, head: bytes) -> None:
        assert not self._is_closed, "a request on a closed connection"
        assert head.endswith(b"\r\n\r\n"), "a request with content"
        self._exchange.is_unread = self.has_arrived()
        script = self._server.next()
        self._exchange = Exchange(self._number)
        self._server.exchanges.append(self._exchange)
        if script.ending == UNSENT_SLOWLY:
            TIME.sleep(self._timeout)
            self._exchange.is_late = True
            raise TimeoutError("timed out")
        if script.ending == UNSENT:
            self._exchange.ending = RESET
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        self._resets = script.ending == RESET
        self._pieces += script.pieces()

    def recv_into(self, buffer: Any) -> int:
        exchange = self._exchange
        if not self._pieces or self._pieces[0][0] >= TIME.elapsed + self._timeout:
            TIME.sleep(self._timeout)
            exchange.is_late = True
            raise TimeoutError("timed out")
        arrival, piece = self._pieces[0]
        TIME.elapsed = max(TIME.elapsed, arrival)
        if not piece:
            exchange.ending = RESET if self._resets else END
            if self._resets:
                raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            return 0
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        exchange.received += piece[:size]
        if size < len(piece):
            self._pieces[0] = (arrival, piece[size:])
        else:
            self._pieces.pop(0)
        return size

    def close(self) -> None:
        self._is_closed = True


def install(server: ScriptedServer) -> None:
    """Replace the network by this server, for the whole process."""

    def wait_for_read(sock: ScriptedSocket, timeout: float) -> bool:
        assert timeout == 0
        return sock.has_arrived()

    for name, function in {"connect": server.connect, "wait_for_read": wait_for_read}.items():
        setattr(connection, name, function)
