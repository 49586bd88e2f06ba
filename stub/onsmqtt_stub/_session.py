"""One entry of a mock: the endpoints that it mocks, and the backend of their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onsmqtt_stub import _active, _patches
from onsmqtt_stub._active import NoBackend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._endpoints import BaseUrl, Endpoints


class Session:
    """A reentrant context manager.

    With a `refusal`, every call of the service fails with that text.
    """

    def __init__(
        self, backend: Backend, endpoints: Endpoints, passthru: Sequence[BaseUrl], refusal: str = ""
    ) -> None:
        self.endpoints = endpoints
        self.passthru = passthru
        self.around: tuple[Session, ...] = ()
        self.backend = backend
        self._refusal = refusal

    def check(self) -> None:
        """Raise `NoBackend` with the refusal, if there is one."""
        if self._refusal:
            raise NoBackend(self._refusal)

    def __enter__(self) -> Backend:
        _patches.hold()
        _active.add(self)
        return self.backend

    def __exit__(self, *_: object) -> None:
        _active.remove(self)
        _patches.release()
