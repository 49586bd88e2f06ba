"""Nothing reaches the service while a mock is active: what `requests` did not send is refused."""

from __future__ import annotations

import functools
import socket
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import _active

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., Any]


def first_argument(previous: Function) -> Function:
    """Guard a function of a host."""

    @functools.wraps(previous)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return previous(host, *args, **kwargs)

    return guarded


def address(previous: Function) -> Function:
    """Guard a method of a socket with an address, whose host may be a name."""

    @functools.wraps(previous)
    def guarded(self: Any, where: Any, *args: Any) -> Any:
        if isinstance(where, tuple) and where:
            _check(where[0])
        return previous(self, where, *args)

    return guarded


def server_hostname(previous: Function) -> Function:
    """Guard a method of a TLS context with the name of the server."""

    @functools.wraps(previous)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        for value in (*args, kwargs.get("server_hostname")):
            _check(value)
        return previous(self, *args, **kwargs)

    return guarded


def _check(host: Any) -> None:
    if isinstance(host, bytes | bytearray):
        host = host.decode("latin-1")
    if isinstance(host, str) and _active.is_mocked(host):
        # With a code: aiohttp drops the text of an OSError that has one argument.
        raise socket.gaierror(
            socket.EAI_NONAME,
            f"onsmqtt_stub: {host} is mocked for what is sent through requests, which this is "
            "not: give it the URL of `with onsmqtt_stub.server.running(backend) as url:` as its "
            "endpoint",
        )
