"""The one kept connection below `requests`: a request and its whole response share a deadline.

`requests` and urllib3 bound each read, not the response: a server that sends one byte a second
would hold the function until FC kills it. https://github.com/psf/requests/issues/3070
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
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\r\n]*)?\r?\n")


class BoundedAdapter(HTTPAdapter):
    """An adapter of `requests` over one connection, which is kept only where `keep` is called.

    `HTTPAdapter.send` asks it for a connection and calls `urlopen` on that, which speaks urllib3:
    its exceptions are what `send` translates. `context` replaces `tls_context`.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._endpoint = ""
        self._connection: _Connection | None = None
        self._is_kept = False
        super().__init__(pool_connections=1, pool_maxsize=1)

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return what takes the call; the address of a request is `<endpoint>/?<query>`."""
        self._endpoint = request.url.partition("/?")[0]
        return self

    def request_url(self, request: Any, _proxies: Any) -> str:
        """Return the address within the endpoint."""
        return f"/?{request.url.partition('/?')[2]}"

    def cert_verify(self, *_args: Any) -> None:
        """Leave the certificates to the context."""

    def urlopen(
        self, *, method: str, url: str, headers: Any, timeout: Any, **_: Any
    ) -> _BufferedResponse:
        """Send a request without a body, and return its response, read to its end.

        Raises MaxRetryError where no connection was made, and nothing sent; ReadTimeoutError where
        the response was late; ProtocolError for whatever else was raised after the connection was
        made, since no exception says what the server has done.
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
        """Return what the client reads of a response; not the cookie jar that a Response has."""
        response = Response.__new__(Response)
        response.status_code, response.headers, response.raw = resp.status, resp.headers, resp
        response.request, response.url = req, req.url
        return response

    def keep(self) -> None:
        """Keep the connection for the next request, since its last response was understood."""
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
                logs.bug(error)  # as where no thread can be started; nothing was sent all the same
            reason = NewConnectionError(cast("Any", self), "No connection was made")
            raise MaxRetryError(cast("Any", self), url, reason) from error
        self._connection = _Connection(sock, self._endpoint)
        return self._connection


class _Connection:
    """A socket to an endpoint, over which one exchange follows another."""

    def __init__(self, sock: socket.socket, endpoint: str) -> None:
        self._sock, self.endpoint = sock, endpoint
        # Not `__del__`: in a cycle of garbage the socket's own, which warns, could come first.
        self.close = weakref.finalize(self, sock.close)
        self.is_reusable = False  # what arrives next belongs to the next request

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has arrived since the last response, not even the connection's end."""
        pending = getattr(self._sock, "pending", int)()
        return not pending and not wait_for_read(self._sock, timeout=0.0)

    def exchange(self, head: bytes, deadline: float) -> _BufferedResponse:
        """Send a request and read the whole response, both by `deadline`."""
        self.is_reusable = False
        self._sock.settimeout(max(deadline - time.monotonic(), 1e-3))
        self._sock.sendall(head)  # bounded as a whole by the timeout
        reader = SocketReader(self._sock, deadline)
        response = _FinalResponse(cast("Any", reader), method="POST")
        try:
            response.begin()
            if reader.is_at_end:  # http.client takes the connection's end for the head's
                raise IncompleteRead(b"")
            content = response.read(MAX_RESPONSE + 1)
            # One that is longer is cut, hence not understood.
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
    """A response behind any number of interim ones (RFC 9110, 15.2)."""

    _has_trailing_data = False  # of what is no part of the response

    @property
    def has_clear_end(self) -> bool:
        """Whether the response was read to an end that shows where the next one begins."""
        lengths = self.headers.get_all("content-length", [])
        codings = self.headers.get_all("transfer-encoding", [])
        framed = (
            [coding.lower() for coding in codings] == ["chunked"]
            if not lengths
            else len(lengths) == 1 and lengths[0].isdigit() and not codings
        )
        return framed and self.isclosed() and not self.will_close and not self._has_trailing_data

    def _close_conn(self) -> None:
        cast("SocketReader", self.fp.raw).is_at_end = True
        self._has_trailing_data = bool(self.fp.peek())
        super()._close_conn()  # type: ignore[misc]  # not in typeshed

    def _read_status(self) -> tuple[str, int, str]:
        # http.client itself skips 100 only, and takes any other for the response.
        version, status, reason = super()._read_status()  # type: ignore[misc]  # not in typeshed
        while 100 <= status < 200:
            while self.fp.readline(MAX_RESPONSE) not in (b"\r\n", b"\n", b""):
                pass
            version, status, reason = super()._read_status()  # type: ignore[misc]  # likewise
        return version, status, reason

    def _read_next_chunk_size(self) -> int:
        # http.client takes what int() takes: -1, of which it reads all that comes, and 1_0.
        line = self.fp.readline(MAX_RESPONSE)
        if match := _CHUNK_SIZE.fullmatch(line):
            return int(match[1], 16)
        raise HTTPException("invalid chunk size")
