"""While a mock is active, refuse clients that do not use `requests` and call the service."""

from __future__ import annotations

import functools
import socket
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import _active

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[..., Any]


def first_argument(previous: Function) -> Function:
    """Guard a function whose first argument is a host."""

    @functools.wraps(previous)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return previous(host, *args, **kwargs)

    return guarded


def address(previous: Function) -> Function:
    """Guard a method of a socket that has an address, whose host may be a name."""

    @functools.wraps(previous)
    def guarded(self: Any, target: Any, *args: Any) -> Any:
        if isinstance(target, tuple) and target:
            _check(target[0])
        return previous(self, target, *args)

    return guarded


def server_hostname(previous: Function) -> Function:
    """Guard a method of a TLS context that has the server's name."""

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
        # It needs the code: aiohttp drops the text of an OSError that has one argument.
        raise socket.gaierror(
            socket.EAI_NONAME,
            f"onsmqtt_stub: {host} is mocked only for clients that use requests, and this one does "
            "not; serve the stub by `with onsmqtt_stub.server.running(backend) as url:` and use "
            "url as the client's endpoint",
        )
