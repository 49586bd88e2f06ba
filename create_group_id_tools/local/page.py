"""The page at `/_local`: recent invocations, the state of the stub, and buttons."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import authentication, cross_site, fc_errors
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.runtime.context import new_request_id
from onsmqtt_stub import read_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.function_compute import FunctionCompute
    from onsmqtt_stub import Backend

PREFIX = "/_local"
_STATIC = Path(__file__).parent / "static"
_FILES = {PREFIX: "page.html", f"{PREFIX}/page.js": "page.js"}
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_MAX_CALLS = 50


class Page:
    """Serve the page's files, the state that it shows, and the actions of its buttons.

    `http` and `events` are the names of the functions for HTTP events and for all others. `reset`
    drops what Function Compute accepted. Without a backend there is no stub: the state leaves its
    part out, and `faults` and `reset` fail. With `keys`, callers must sign, so no browser can call.
    """

    def __init__(
        self,
        fc: FunctionCompute,
        backend: Backend | None,
        samples: Path,
        keys: Keys | None,
        *,
        http: str,
        events: str,
        reset: Callable[[], None],
    ) -> None:
        self._fc, self._backend, self._samples = fc, backend, samples
        self._keys = keys
        self._http, self._events, self._reset = http, events, reset

    @staticmethod
    def serves(request: HttpRequest) -> bool:
        """Return whether a request is for the page."""
        return request.raw_path == PREFIX or request.raw_path.startswith(f"{PREFIX}/")

    def respond(self, request: HttpRequest, now: float) -> HttpResponse:
        """Respond to a request of the page; raise `FcError`. `now` is in epoch seconds."""
        if self._keys is not None:
            authentication.verify_acs3(request, self._keys, now)
        if request.method in ("GET", "HEAD"):
            if request.raw_path == f"{PREFIX}/state":
                return self._state_since(request.lower_headers().get("if-none-match"))
            return _file(request.raw_path)
        if request.method != "POST":
            raise fc_errors.invalid("use GET, HEAD or POST")
        if self._keys is None:
            cross_site.check_media_type(request)
        return _json(self._act(request))

    def _act(self, request: HttpRequest) -> dict[str, Any]:
        action = request.raw_path.removeprefix(f"{PREFIX}/")
        if action == "send":
            return {"request_id": self._send(request.body)}
        if action not in ("faults", "reset"):
            raise _not_found()
        if self._backend is None:
            raise fc_errors.invalid("with --live there is no stub, and nothing to reset")
        if action == "reset":
            self._reset()
            self._backend.reset()
        else:
            try:
                self._backend.set_faults(read_faults(request.body))
            except ValueError as problem:
                raise fc_errors.invalid(str(problem)) from None
        return {}

    def _send(self, body: bytes) -> str:
        name = body.decode(errors="replace").strip('"')
        if name not in self._sample_names():
            raise FcError(404, "NotFound", "no such sample event; GET /_local/state lists them")
        event = (self._samples / name).read_bytes()
        request_id = new_request_id()
        if http_event.is_event(event):
            self._fc.call(self._http, event, request_id, "page")
        else:
            self._fc.enqueue(self._events, event, request_id, "page")
        return request_id

    def _sample_names(self) -> list[str]:
        return sorted(
            path.name for path in self._samples.iterdir() if path.suffix in (".json", ".txt")
        )

    def _state_since(self, known: str | None) -> HttpResponse:
        """Return the state, or 304 if the page has it already: it asks every second."""
        changes = 0 if self._backend is None else self._backend.revision
        samples_changed = self._samples.stat().st_mtime_ns
        tag = f'"{self._fc.history.revision}-{changes}-{samples_changed}"'
        if known == tag:
            return HttpResponse(304, b"", {**_HEADERS, "ETag": tag})
        response = _json(self._state())
        return replace(response, headers={**response.headers, "ETag": tag})

    def _state(self) -> dict[str, Any]:
        return {
            "samples": self._sample_names(),
            "invocations": self._fc.history.snapshot(),
            **({} if self._backend is None else _stub_state(self._backend)),
        }


def _stub_state(backend: Backend) -> dict[str, Any]:
    with backend.lock:
        groups = [
            asdict(group)
            for instance in backend.state.instances.values()
            for group in instance.groups.values()
        ]
        faults = [
            {"effect": rule.effect, "described": rule.description, "code": rule.code}
            | {"times": rule.times, "acted": acted}
            for rule, acted in zip(backend.faults.rules, backend.faults.acted, strict=True)
        ]
    calls = [asdict(call) for call in backend.journal[-_MAX_CALLS:]]
    return {"groups": groups, "faults": faults, "calls": calls}


def _file(path: str) -> HttpResponse:
    name = _FILES.get(path.rstrip("/"))
    if name is None:
        raise _not_found()
    file = _STATIC / name
    return HttpResponse(200, file.read_bytes(), {"Content-Type": _TYPES[file.suffix], **_HEADERS})


def _json(value: dict[str, Any]) -> HttpResponse:
    headers = {"Content-Type": "application/json", **_HEADERS}
    return HttpResponse(200, json.dumps(value).encode(), headers)


def _not_found() -> FcError:
    paths = "/_local and /_local/state; POST /_local/send, /_local/faults and /_local/reset"
    return FcError(404, "NotFound", f"use GET {paths}")
