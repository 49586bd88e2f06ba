"""The stub's own paths: POST /_stub/reset, POST /_stub/faults, GET /_stub/state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from onsmqtt_stub._endpoints import is_loopback
from onsmqtt_stub._faults import read_faults
from onsmqtt_stub._response import ServerResponse
from onsmqtt_stub._snapshot import snapshot

if TYPE_CHECKING:
    from onsmqtt_stub._backend import Backend
    from onsmqtt_stub._rpc import RpcRequest

PREFIX = "/_stub/"
_METHODS = {"reset": "POST", "faults": "POST", "state": "GET"}


class Control:
    """The paths of one backend, for programs on this machine. No web page can use them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._state: tuple[int, bytes] = (-1, b"")

    def handle(self, request: RpcRequest) -> ServerResponse:
        """Return a JSON response. An error is one line under `error`."""
        name = request.path.removeprefix(PREFIX)
        refused = _refusal(request, name)
        if refused is not None:
            return refused
        if name == "state":
            return self._snapshot(request)
        try:
            if name == "reset":
                self._backend.reset()
            else:
                self._backend.set_faults(read_faults(request.body))
        except ValueError as problem:
            return _error(400, str(problem))
        return _json(200, {})

    def _snapshot(self, request: RpcRequest) -> ServerResponse:
        """Render each revision of the state once. Return 304 to a client that has this revision."""
        revision = self._backend.revision
        tag = {"ETag": f'"{revision}"'}
        if request.headers.get("if-none-match") == tag["ETag"]:
            return ServerResponse(304, b"", tag)
        if self._state[0] != revision:
            self._state = (revision, _body(snapshot(self._backend)))
        return ServerResponse(200, self._state[1], {"Content-Type": "application/json", **tag})


def _refusal(request: RpcRequest, name: str) -> ServerResponse | None:
    if not is_loopback(request.host):
        # A web site's name may resolve to a loopback address (DNS rebinding).
        return _error(403, "the Host header must be localhost or a loopback address")
    method = _METHODS.get(name)
    if method is None:
        return _error(
            404, f"unknown path; use one of {', '.join(PREFIX + path for path in _METHODS)}"
        )
    if request.method != method:
        return _error(405, f"the method must be {method}").with_headers({"Allow": method})
    if method == "POST" and not _is_json(request):
        # A web site can send this type only after a CORS preflight, which the stub refuses.
        return _error(415, "the Content-Type header must be application/json")
    return None


def _is_json(request: RpcRequest) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == "application/json"


def _error(status: int, problem: str) -> ServerResponse:
    return _json(status, {"error": problem})


def _json(status: int, content: dict[str, Any]) -> ServerResponse:
    return ServerResponse(status, _body(content), {"Content-Type": "application/json"})


def _body(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
