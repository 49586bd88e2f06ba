"""Steps of an exchange, played to a client of `requests` without a socket.

An answer in pieces goes through the standard library's own parser over a file that stalls and
breaks, and into urllib3's response; so every error is the one that a socket would have led to.
"""

from __future__ import annotations

import errno
import http.client
import io
import os
from typing import TYPE_CHECKING, Any, NoReturn, cast

import requests
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from onsmqtt_stub.answers import Answer
from onsmqtt_stub.exchange import Pause, Refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from onsmqtt_stub.exchange import Step


class Playback:
    """One exchange as one client with its time-outs meets it; `sleep` waits instead of a socket."""

    def __init__(
        self,
        steps: Iterator[Step],
        request: requests.PreparedRequest,
        timeout: Any,
        sleep: Callable[[float], object],
    ) -> None:
        self._steps = steps
        self._request = request
        self._connect_timeout, self._read_timeout = _timeouts(timeout)
        self._sleep = sleep

    def response(self) -> urllib3.HTTPResponse:
        """Play up to the answer's body; raise what `requests` raises where there is none."""
        for step in self._steps:
            if isinstance(step, Answer):
                return self._whole(step)
            if isinstance(step, Refuse):
                self._refuse(step)
            if isinstance(step, Pause):
                try:
                    self.wait(step)
                except TimeoutError:
                    self._time_out()
            elif isinstance(step, bytes):
                return self._in_pieces(step)
            else:
                self._break_off(
                    ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
                )
        raise AssertionError("an exchange ends with an answer or without a connection")

    def read(self) -> bytes:
        """Give the next bytes as a socket would: some, none at the end, or an exception."""
        for step in self._steps:
            if isinstance(step, Pause):
                self.wait(step)
            elif isinstance(step, bytes):
                return step
            else:
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return b""

    def wait(self, pause: Pause) -> None:
        """Sleep through a pause; where the client is less patient, until it gives up."""
        if self._read_timeout is None or pause.seconds < self._read_timeout:
            self._sleep(pause.seconds)
            return
        self._sleep(self._read_timeout)
        # Nobody cancels the server: what is still to be committed is.
        for _ in self._steps:
            pass
        raise TimeoutError("timed out")

    def _whole(self, answer: Answer) -> urllib3.HTTPResponse:
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        return urllib3.HTTPResponse(
            body=io.BytesIO(b"" if self._request.method == "HEAD" else answer.body),
            headers=headers,
            status=answer.status,
            version=11,
            reason=http.client.responses.get(answer.status),
            preload_content=False,
            request_method=self._request.method,
        )

    def _in_pieces(self, first: bytes) -> urllib3.HTTPResponse:
        wire = _Wire(self, first)
        received = http.client.HTTPResponse(cast("Any", wire), method=self._request.method)
        try:
            received.begin()
        except TimeoutError:
            self._time_out()
        return urllib3.HTTPResponse(
            body=received,
            headers=dict(received.headers.items()),
            status=received.status,
            version=received.version,
            reason=received.reason,
            preload_content=False,
            decode_content=False,
            original_response=cast("Any", received),
            pool=self._pool,
            request_method=self._request.method,
        )

    @property
    def _pool(self) -> urllib3.HTTPConnectionPool:
        # Only for the text of an exception: nothing is connected.
        return urllib3.connection_from_url(str(self._request.url))

    def _refuse(self, step: Refuse) -> NoReturn:
        pool, target = self._pool, self._request.path_url
        conn = pool.ConnectionCls(pool.host)
        if self._connect_timeout is not None and step.delay >= self._connect_timeout:
            self._sleep(self._connect_timeout)
            slow = ConnectTimeoutError(
                conn,
                f"Connection to {pool.host} timed out. (connect timeout={self._connect_timeout})",
            )
            raise requests.exceptions.ConnectTimeout(
                MaxRetryError(pool, target, slow), request=self._request
            )
        self._sleep(step.delay)
        refused = NewConnectionError(
            cast("Any", conn),
            f"Failed to establish a new connection: [Errno {errno.ECONNREFUSED}] "
            f"{os.strerror(errno.ECONNREFUSED)}",
        )
        raise requests.exceptions.ConnectionError(
            MaxRetryError(pool, target, refused), request=self._request
        )

    def _time_out(self) -> NoReturn:
        failure = ReadTimeoutError(
            self._pool,
            self._request.path_url,
            f"Read timed out. (read timeout={self._read_timeout})",
        )
        raise requests.exceptions.ReadTimeout(failure, request=self._request) from None

    def _break_off(self, failure: Exception) -> NoReturn:
        raise requests.exceptions.ConnectionError(
            ProtocolError("Connection aborted.", failure), request=self._request
        ) from failure


class _Wire(io.RawIOBase):
    """What a socket's file would read."""

    def __init__(self, playback: Playback, first: bytes) -> None:
        self._playback = playback
        self._left = first

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Stand in for the socket that http.client takes its file from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._left or self._playback.read()
        size = min(len(chunk), len(buffer))
        buffer[:size] = chunk[:size]
        self._left = chunk[size:]
        return size


def _timeouts(timeout: Any) -> tuple[float | None, float | None]:
    """Take a time-out of `requests` apart into connect and read, both in seconds or None."""
    if isinstance(timeout, tuple):
        connect, read = timeout
    elif isinstance(timeout, urllib3.Timeout):
        started = timeout.clone()
        started.start_connect()
        connect, read = started.connect_timeout, started.read_timeout
    else:
        connect = read = timeout
    return (
        connect if isinstance(connect, int | float) else None,
        read if isinstance(read, int | float) else None,
    )
