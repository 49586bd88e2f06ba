"""The stub's own paths: POST /_stub/reset, POST /_stub/faults, GET /_stub/state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from onsmqtt_stub.answers import Answer
from onsmqtt_stub.faults import Fault
from onsmqtt_stub.state import snapshot

if TYPE_CHECKING:
    from onsmqtt_stub.backend import Backend
    from onsmqtt_stub.rpc import Request

PREFIX = "/_stub/"
_METHODS = {"reset": "POST", "faults": "POST", "state": "GET"}


def control(backend: Backend, request: Request) -> Answer:
    """Answer one of the stub's own paths in JSON; an error is one line under `error`."""
    name = request.path.removeprefix(PREFIX)
    if name not in _METHODS:
        return _answer(404, {"error": f"no such path; known are {', '.join(_METHODS)}"})
    if request.method != _METHODS[name]:
        refused = _answer(405, {"error": f"only {_METHODS[name]} is allowed"})
        return refused.with_headers({"Allow": _METHODS[name]})
    if name == "state":
        return _answer(200, snapshot(backend))
    if name == "reset":
        backend.reset()
        return _answer(200, {})
    try:
        backend.set_faults(read_faults(request.body))
    except ValueError as problem:
        return _answer(400, {"error": str(problem)})
    return _answer(200, {})


def read_faults(text: str | bytes) -> list[Fault]:
    """Read a script of rules, a JSON array; ValueError says in one line what is wrong and where."""
    try:
        rules = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("faults: not JSON") from None
    if not isinstance(rules, list):
        raise ValueError("faults: must be an array of rules")  # noqa: TRY004 - one kind for bad text
    return [_fault(index, rule) for index, rule in enumerate(rules)]


def _fault(index: int, rule: Any) -> Fault:
    try:
        return Fault.from_json(rule)
    except ValueError as problem:
        raise ValueError(f"faults[{index}]: {problem}") from None


def _answer(status: int, content: dict[str, Any]) -> Answer:
    body = json.dumps(content, indent=1).encode() + b"\n"
    return Answer(status, body, {"Content-Type": "application/json"})
