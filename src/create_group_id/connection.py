"""One persistent connection below `requests`; a request and its whole response share a deadline.

`requests` and urllib3 limit each read, not the whole response: a server that sends one byte per
second would keep the function busy until FC kills it. https://github.com/psf/requests/issues/3070
"""

from __future__ import annotations

import io
import time
import weakref
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.util.wait import wait_for_read

from create_group_id import logs
from create_group_id.dial import (
    MAX_RESPONSE,
    FinalResponse,
    SocketReader,
    connect,
    remaining,
    tls_context,
)

if TYPE_CHECKING:
    import socket
    import ssl


class BoundedAdapter(HTTPAdapter):
    """An adapter of `requests` with one connection, which it reuses only after a call of `keep`.

    `HTTPAdapter.send` asks the adapter for a connection, gets the adapter itself, and calls
    `urlopen`. That raises urllib3's exceptions, since `send` translates most of those. `context`
    replaces `tls_context`.
    """

    _endpoint: str
    _is_kept: bool  # whether the last response was understood

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._connection: _Connection | None = None
        super().__init__()

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return the adapter itself; the URL of a request is `<endpoint>/?<query>`."""
        self._endpoint = request.url.partition("/?")[0]
        return self

    def request_url(self, request: Any, _proxies: Any) -> str:
        """Return the part of the URL after the endpoint."""
        url: str = request.url
        return url.removeprefix(self._endpoint)

    def cert_verify(self, *_args: Any) -> None:
        """Do nothing: the TLS context verifies certificates."""

    def urlopen(
        self, *, method: str, url: str, headers: Any, timeout: Any, **_: Any
    ) -> _BufferedResponse:
        """Send a request without a body, and return its response, which is read to its end.

        Raise NewConnectionError if no connection was made, so that nothing was sent;
        ReadTimeoutError if the response was late; ProtocolError for any other exception after the
        connection was made, since no exception says what the server did.
        """
        started = time.monotonic()
        deadline = started + timeout.read_timeout
        lines = [f"{method} {url} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "\r\n"]
        head = "\r\n".join(lines).encode()
        # Half of the time is for the response.
        connection = self._reusable() or self._connect((started + deadline) / 2)
        self._is_kept = False
        try:
            return connection.exchange(head, deadline)
        except Exception as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise ReadTimeoutError(cast("Any", self), url, "The response was late") from error
            if not isinstance(error, (OSError, HTTPException)):
                logs.bug(error)
            raise ProtocolError from error

    def build_response(self, req: Any, resp: Any) -> Response:
        """Return a response with only what the client reads, so without a cookie jar."""
        response = Response.__new__(Response)
        response.status_code, response.headers, response.raw = resp.status, resp.headers, resp
        response.request = req
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
        connection = self._connection
        if (
            connection
            and self._is_kept
            and connection.endpoint == self._endpoint
            and connection.is_quiet
        ):
            return connection
        return None

    def _connect(self, deadline: float) -> _Connection:
        self.close()
        address = urlsplit(self._endpoint)
        is_tls = address.scheme == "https"
        try:
            context = (self._context or tls_context()) if is_tls else None
            port = address.port or (443 if is_tls else 80)
            sock = connect(cast("str", address.hostname), port, deadline, context)
        except Exception as error:
            if not isinstance(error, OSError):
                logs.bug(error)  # such as a thread that cannot start; nothing was sent
            raise NewConnectionError(cast("Any", self), "No connection was made") from error
        self._connection = _Connection(sock, self._endpoint)
        return self._connection


class _Connection:
    """A socket to an endpoint, for one exchange after another."""

    is_reusable: bool  # whether the next bytes belong to the next response

    def __init__(self, sock: socket.socket, endpoint: str) -> None:
        self._sock, self.endpoint = sock, endpoint
        # Not `__del__`: in a reference cycle the socket's own, which warns, could run first.
        self.close = weakref.finalize(self, sock.close)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing arrived since the last response, not even the end of the connection."""
        pending = getattr(self._sock, "pending", int)()
        return not pending and not wait_for_read(self._sock, timeout=0.0)

    def exchange(self, head: bytes, deadline: float) -> _BufferedResponse:
        """Send a request and read the whole response, both by `deadline`."""
        self._sock.settimeout(remaining(deadline))
        self._sock.sendall(head)  # the timeout limits the whole call
        reader = SocketReader(self._sock, deadline)
        with FinalResponse(cast("Any", reader)) as response:
            response.begin()
            if reader.is_at_end:  # which http.client takes for the end of the headers
                raise ConnectionResetError
            content = response.read(MAX_RESPONSE + 1)
            # A longer one is cut here, and the client rejects it.
            if response.length and len(content) <= MAX_RESPONSE:
                raise ConnectionResetError
            self.is_reusable = response.has_clear_end
        return _BufferedResponse(response, content)


class _BufferedResponse(io.BytesIO):
    """The content of a response that was read to its end, with its status and headers."""

    def __init__(self, response: HTTPResponse, content: bytes) -> None:
        super().__init__(content)
        self.status, self.headers = response.status, response.headers
