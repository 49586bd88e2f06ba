"""Print the result of an invocation, for a person or as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import responses
from typing import TYPE_CHECKING, Any

from create_group_id_tools import envelopes, json_text
from create_group_id_tools.events import http_event
from create_group_id_tools.terminal import note, output

if TYPE_CHECKING:
    from create_group_id_tools.events.http_event import HttpResponse
    from create_group_id_tools.runtime.result import Result
    from onsmqtt_stub import Backend


@dataclass(frozen=True)
class InvocationReport:
    """The result of an invocation, its HTTP response, and the stub if it ran over one."""

    result: Result
    response: HttpResponse | None
    backend: Backend | None = None

    @property
    def failed(self) -> bool:
        """Return whether the function raised, or did not return a response."""
        if self.response and http_event.is_failure(self.response.status, self.response.body):
            return True
        return bool(self.result.error_type)


def show(report: InvocationReport) -> None:
    """Print the response; print its status and headers, errors, calls and groups to stderr."""
    response = report.response
    if response is not None:
        note(
            f"HTTP/1.1 {response.status} {responses.get(response.status, '')}",
            fg="green" if response.status < 400 else "red",
        )
        note("\n".join(f"{name}: {value}" for name, value in response.headers.items()) + "\n")
    if report.result.error_type:
        for line in _reasons(report.result):
            note(line, fg="red")
    if response is not None or not report.failed:
        body = report.result.body if response is None else response.body
        output(body.decode(errors="replace"))
    if report.backend is not None:
        note(_stub_summary(report.backend))


def _reasons(result: Result) -> list[str]:
    envelope = envelopes.read(result.body, result.error_type)
    if envelope is not None:
        return envelopes.failures(envelope)
    try:
        error = json_text.read(result.body)
        error_type = error.get("errorType", result.error_type)
        return [f"{error_type}: {error['errorMessage']} (--log shows where)"]
    except (ValueError, KeyError, AttributeError):
        return [str(result.error_type)]


def show_json(report: InvocationReport) -> None:
    """Print one JSON document."""
    response, result = report.response, report.result
    document: dict[str, Any] = {}
    if response is not None:
        document |= {"status": response.status, "headers": dict(response.headers)}
    if result.error_type:
        document |= {"error_type": result.error_type, "error": _value(result.body)}
    else:
        document["answer"] = _value(result.body if response is None else response.body)
    if report.backend is not None:
        document["calls"] = [
            {
                "action": call.action,
                "group_id": call.group_id,
                "verdict": call.verdict,
                "request_id": call.request_id,
            }
            for call in report.backend.journal
        ]
        document["groups"] = [
            {"group_id": group_id, "instance_id": instance_id}
            for instance_id, group_id in _groups(report.backend)
        ]
    output(json.dumps(document, indent=2, ensure_ascii=False))


def _value(body: bytes) -> Any:
    try:
        return json_text.read(body)
    except ValueError:
        return body.decode(errors="replace")


def _groups(backend: Backend) -> list[tuple[str, str]]:
    return [
        (instance_id, group_id)
        for instance_id in sorted(backend.instances)
        for group_id in backend.groups(instance_id)
    ]


def _stub_summary(backend: Backend) -> str:
    calls = [
        f"  {call.action} {call.group_id} {call.verdict} {call.request_id}"
        for call in backend.journal
    ]
    groups = [f"  {group_id} in {instance_id}" for instance_id, group_id in _groups(backend)]
    return "\n".join(["", "Calls", *(calls or ["  none"]), "Groups", *(groups or ["  none"])])
