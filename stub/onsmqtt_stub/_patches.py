"""The patches of `requests`, `socket` and `ssl` while a mock is active."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from onsmqtt_stub import _guard, _hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[[Callable[..., Any]], Callable[..., Any]]

_PREVIOUS = "onsmqtt_stub_previous"


class _Patch:
    """One attribute, replaced by a function that can call the previous one."""

    def __init__(self, owner: Any, name: str, hook: Hook) -> None:
        self._owner, self._name = owner, name
        self._inherited = name not in vars(owner)
        self._previous: Any = getattr(owner, name)
        while hasattr(self._previous, _PREVIOUS):
            # Another mock has restored our function after this mock had ended.
            self._previous = getattr(self._previous, _PREVIOUS)
        self._ours = hook(self._previous)
        setattr(self._ours, _PREVIOUS, self._previous)

    def install(self) -> None:
        """Replace the attribute."""
        setattr(self._owner, self._name, self._ours)

    def remove(self) -> None:
        """Restore the previous value, unless another mock has replaced ours since."""
        if vars(self._owner).get(self._name) is not self._ours:
            return
        if self._inherited:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._previous)


_patches: list[_Patch] = []
_holders = 0
# A generator that is collected may leave its mock while another mock is entered.
_lock = threading.RLock()


def hold() -> None:
    """Install the patches, until `release` has been called as often as `hold`."""
    global _holders  # noqa: PLW0603 - a process has one set of patches
    with _lock:
        if _holders == 0:
            _patches[:] = _all()
            for patch in _patches:
                patch.install()
        _holders += 1


def release() -> None:
    """Remove the patches when nothing holds them any more."""
    global _holders  # noqa: PLW0603 - likewise
    with _lock:
        _holders -= 1
        if _holders == 0:
            for patch in _patches:
                patch.remove()


def _all() -> list[_Patch]:
    places: list[tuple[Any, str, Hook]] = [
        # requests_mock replaces this one.
        (requests.Session, "send", _hooks.session_send),
        # responses replaces this one.
        (HTTPAdapter, "send", _hooks.adapter_send),
        # What responses passes through gets here.
        (HTTPAdapter, "get_connection_with_tls_context", _hooks.connection),
        (socket, "getaddrinfo", _guard.first_argument),
        (socket, "gethostbyname", _guard.first_argument),
        (socket, "gethostbyname_ex", _guard.first_argument),
        # Looked up each time: other tools replace the class, not always with all methods.
        (socket.socket, "connect", _guard.address),
        (socket.socket, "connect_ex", _guard.address),
        # A client with a proxy or its own resolver names the host only here.
        (ssl.SSLContext, "wrap_socket", _guard.server_hostname),
        (ssl.SSLContext, "wrap_bio", _guard.server_hostname),
    ]
    return [_Patch(owner, name, hook) for owner, name, hook in places if hasattr(owner, name)]
