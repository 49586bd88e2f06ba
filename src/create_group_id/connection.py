"""Connections whose whole answer, trickled or not, arrives in time or counts as timed out.

`requests` and urllib3 bound each read, not the answer: a server that sends one byte a second
would hold the function until FC kills it. https://github.com/psf/requests/issues/3070
"""

from __future__ import annotations

import functools
import io
import ssl
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, cast

import certifi
from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

if TYPE_CHECKING:
    import socket


class _Reader(io.RawIOBase):
    """Reads a socket, each time with what is left of its time-out at the answer's begin."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._until = time.monotonic() + (sock.gettimeout() or 0)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Stand in for the socket, of which an answer wants nothing but its file."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(cast("socket.socket", _Reader(sock)), *args, **kwargs)


class _Http(HTTPConnection):
    """Tells a connection that was never made, with nothing sent, from one that was lost."""

    response_class = _Response

    def connect(self) -> None:
        try:
            super().connect()
        except HTTPError:
            raise
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "The TLS handshake timed out") from error
        except (OSError, ValueError) as error:
            # urllib3's CertificateError is a ValueError.
            raise NewConnectionError(self, "The TLS handshake failed") from error


class _Https(_Http, HTTPSConnection):
    def connect(self) -> None:
        try:
            self.ssl_context = self.ssl_context or tls_context()
        except OSError as error:
            raise NewConnectionError(self, "The roots could not be read") from error
        super().connect()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


POOLS = {"http": _HttpPool, "https": _HttpsPool}


class BoundedAdapter(HTTPAdapter):
    """An adapter of `requests` over such connections; `context` is another than `tls_context`.

    It answers by its own what `HTTPAdapter` would look for at each call, proxies and cookies, of
    which there are none: 15 % of a warm call. Addresses are `<endpoint>/?<query>`.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._pools: dict[str, HTTPConnectionPool] = {}
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools; called by `HTTPAdapter`."""
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Give the endpoint's pool."""
        endpoint = request.url.partition("/?")[0]
        if endpoint not in self._pools:
            self._pools[endpoint] = self.poolmanager.connection_from_url(endpoint)
        return self._pools[endpoint]

    def request_url(self, request: Any, _proxies: Any) -> str:
        """Give the address within the endpoint."""
        return f"/?{request.url.partition('/?')[2]}"

    def build_response(self, req: Any, resp: Any) -> Response:
        """Give what the client reads of an answer."""
        response = Response()
        response.status_code, response.headers, response.raw = resp.status, resp.headers, resp
        response.request, response.url = req, req.url
        return response

    def cert_verify(self, *_args: Any) -> None:
        """Leave the certificates be: the context holds them, they need no loading a connection."""

    def close(self) -> None:
        """Close every connection."""
        self._pools.clear()
        super().close()


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Make the one context, which verifies against certifi's roots and speaks at least TLS 1.2.

    Loading the roots is a tenth of a cold start: the Initializer does it, and plain HTTP never.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
