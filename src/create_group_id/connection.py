"""One persistent connection below `requests`; a request and its whole response share a deadline.

`requests` and urllib3 limit each read, not the whole response: a server that sends one byte per
second would keep the function busy until FC kills it. https://github.com/psf/requests/issues/3070
"""

from __future__ import annotations

import io
import re
import time
import weakref
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.util.wait import wait_for_read

from create_group_id import logs
from create_group_id.dial import SocketReader, connect, tls_context

if TYPE_CHECKING:
    import socket
    import ssl

CONNECT_TIMEOUT = 3.0
MAX_RESPONSE = 64 * 1024
# RFC 9112, 4 and 7.1; http.client accepts what int() accepts: +200, 2_00, and a chunk's size of -1,
# for which it reads without a limit.
_STATUS_LINE = re.compile(rb"(HTTP/1\.[0-9]) ([1-9][0-9][0-9])( [\t -~\x80-\xff]*)?\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\x00\r\n]*)?\r\n")
_LENGTH = re.compile("[0-9]{1,18}")


class BoundedAdapter(HTTPAdapter):
    """An adapter of `requests` with one connection, which it reuses only after a call of `keep`.

    `HTTPAdapter.send` asks the adapter for a connection, gets the adapter itself, and calls
    `urlopen`. That raises urllib3's exceptions, since `send` translates those. `context` replaces
    `tls_context`.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._endpoint = ""
        self._connection: _Connection | None = None
        self._is_kept = False
        super().__init__(pool_connections=1, pool_maxsize=1)

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return the adapter itself; the URL of a request is `<endpoint>/?<query>`."""
        self._endpoint = request.url.partition("/?")[0]
        return self

    def request_url(self, request: Any, _proxies: Any) -> str:
        """Return the part of the URL after the endpoint."""
        return f"/?{request.url.partition('/?')[2]}"

    def cert_verify(self, *_args: Any) -> None:
        """Do nothing: the TLS context verifies certificates."""

    def urlopen(
        self, *, method: str, url: str, headers: Any, timeout: Any, **_: Any
    ) -> _BufferedResponse:
        """Send a request without a body, and return its response, which is read to its end.

        Raise MaxRetryError if no connection was made, so that nothing was sent; ReadTimeoutError if
        the response was late; ProtocolError for any other exception after the connection was made,
        since no exception says what the server did.
        """
        started = time.monotonic()
        deadline = started + timeout.read_timeout
        lines = [f"{method} {url} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "\r\n"]
        head = "\r\n".join(lines).encode("ascii")
        connection = self._reusable()
        if connection is None:
            connection = self._connect(
                url, started + min(CONNECT_TIMEOUT, (deadline - started) / 2)
            )
        self._is_kept = False
        try:
            return connection.exchange(head, deadline)
        except TimeoutError as error:
            self.close()
            raise ReadTimeoutError(cast("Any", self), url, "The response was late") from error
        except Exception as error:
            self.close()
            if not isinstance(error, (OSError, HTTPException)):
                logs.bug(error)
            raise ProtocolError("The response was lost", error) from error

    def build_response(self, req: Any, resp: Any) -> Response:
        """Return a response with only what the client reads, so without a cookie jar."""
        response = Response.__new__(Response)
        response.status_code, response.headers, response.raw = resp.status, resp.headers, resp
        response.request, response.url = req, req.url
        return response

    def keep(self) -> None:
        """Keep the connection for the next request. Call this when a response was understood."""
        self._is_kept = self._connection is not None and self._connection.is_reusable

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _reusable(self) -> _Connection | None:
        connection = self._connection if self._is_kept else None
        if connection and connection.endpoint == self._endpoint and connection.is_quiet:
            return connection
        return None

    def _connect(self, url: str, deadline: float) -> _Connection:
        self.close()
        address = urlsplit(self._endpoint)
        is_tls = address.scheme == "https"
        try:
            context = (self._context or tls_context()) if is_tls else None
            port = address.port or (443 if is_tls else 80)
            sock = connect(address.hostname or "", port, deadline, context)
        except Exception as error:
            if not isinstance(error, (OSError, ValueError)):
                logs.bug(error)  # such as a thread that cannot start; nothing was sent
            reason = NewConnectionError(cast("Any", self), "No connection was made")
            raise MaxRetryError(cast("Any", self), url, reason) from error
        self._connection = _Connection(sock, self._endpoint)
        return self._connection


class _Connection:
    """A socket to an endpoint, for one exchange after another."""

    def __init__(self, sock: socket.socket, endpoint: str) -> None:
        self._sock, self.endpoint = sock, endpoint
        # Not `__del__`: in a reference cycle the socket's own, which warns, could run first.
        self.close = weakref.finalize(self, sock.close)
        self.is_reusable = False  # whether the next bytes belong to the next response

    @property
    def is_quiet(self) -> bool:
        """Whether nothing arrived since the last response, not even the end of the connection."""
        pending = getattr(self._sock, "pending", int)()
        return not pending and not wait_for_read(self._sock, timeout=0.0)

    def exchange(self, head: bytes, deadline: float) -> _BufferedResponse:
        """Send a request and read the whole response, both by `deadline`."""
        self.is_reusable = False
        self._sock.settimeout(max(deadline - time.monotonic(), 1e-3))
        self._sock.sendall(head)  # the timeout limits the whole call
        reader = SocketReader(self._sock, deadline)
        response = _FinalResponse(cast("Any", reader), method="POST")
        try:
            response.begin()
            if reader.is_at_end:  # which http.client takes for the end of the headers
                raise IncompleteRead(b"")
            content = response.read(MAX_RESPONSE + 1)
            # A longer one is cut here, and the client rejects it.
            if response.length and len(content) <= MAX_RESPONSE:
                raise IncompleteRead(b"", response.length)
            self.is_reusable = response.has_clear_end
        finally:
            response.close()
        return _BufferedResponse(response, content)


class _BufferedResponse(io.BytesIO):
    """The content of a response that was read to its end, with its status and headers."""

    def __init__(self, response: HTTPResponse, content: bytes) -> None:
        super().__init__(content)
        self.status, self.headers = response.status, response.headers


class _FinalResponse(HTTPResponse):
    """The final response, after any number of interim ones (RFC 9110, 15.2)."""

    _shows_its_end = False  # whether the headers say where the content ends
    _has_trailing_data = False  # whether bytes follow the end of the response

    def begin(self) -> None:
        """Read the head; raise HTTPException if its framing is invalid (RFC 9112, 6.3)."""
        super().begin()
        codings = self.headers.get_all("transfer-encoding", [])
        lengths = self.headers.get_all("content-length", [])
        if codings:
            if [coding.strip(" \t").lower() for coding in codings] != ["chunked"]:
                raise HTTPException("unknown transfer coding")
            self.chunked, self.chunk_left, self.length = True, None, None
        elif lengths:
            stripped = {length.strip(" \t") for length in lengths}
            if len(stripped) > 1 or not _LENGTH.fullmatch(stripped.pop()):
                raise HTTPException("invalid Content-Length")
        # A line that is no header hides those that follow it.
        self._shows_its_end = len(codings) + len(lengths) == 1 and not self.headers.defects

    @property
    def has_clear_end(self) -> bool:
        """Whether the response was read to its end, and its headers say where that is."""
        return (
            self._shows_its_end
            and self.isclosed()
            and not self.will_close
            and not self._has_trailing_data
        )

    def _close_conn(self) -> None:
        cast("SocketReader", self.fp.raw).is_at_end = True
        self._has_trailing_data = bool(self.fp.peek())
        super()._close_conn()  # type: ignore[misc]  # not in typeshed

    def _read_status(self) -> tuple[str, int, str]:
        # http.client skips only 100, and takes any other 1xx for the final response.
        while match := _STATUS_LINE.fullmatch(self.fp.readline(MAX_RESPONSE)):
            version, status, reason = match.groups(b"")
            if status >= b"200":
                return version.decode(), int(status), reason.decode("latin-1")
            while self.fp.readline(MAX_RESPONSE) not in (b"\r\n", b"\n", b""):
                pass
        raise HTTPException("invalid status line")

    def _get_chunk_left(self) -> int | None:
        # http.client drops the two bytes after a chunk, whatever they are.
        if self.chunk_left == 0:
            if self._safe_read(2) != b"\r\n":  # type: ignore[attr-defined]  # likewise
                raise HTTPException("a chunk is longer than its size")
            self.chunk_left = None
        return super()._get_chunk_left()  # type: ignore[misc,no-any-return]  # likewise

    def _read_next_chunk_size(self) -> int:
        if match := _CHUNK_SIZE.fullmatch(self.fp.readline(MAX_RESPONSE)):
            return int(match[1], 16)
        raise HTTPException("invalid chunk size")
