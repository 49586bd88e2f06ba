"""`smoke`: check with four requests, within a minute, that a deployed function works."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
from jsonschema import Draft202012Validator, ValidationError

from create_group_id_tools import json_text
from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.project import SOURCES
from create_group_id_tools.remote.invoker import invoker_for
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.runtime.context import new_request_id
from create_group_id_tools.terminal import FINDING, note, output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from create_group_id_tools.remote.invoke_response import InvokeResponse

_GROUP_ID = "GID_smoke"
_ENVELOPE = SOURCES / "create_group_id/schemas/envelope.json"
_BY_FC = "by FC"


@dataclass(frozen=True)
class Case:
    """A request, and each response that the contract allows, in a summary."""

    name: str
    allowed: tuple[str, ...]
    body: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


CASES = (
    Case(
        "create",
        ("200 Created", "200 AlreadyExists", "200 Recovered"),
        {"GroupId": _GROUP_ID, "OnExisting": "Succeed"},
    ),
    Case(
        "replay",
        # Recovered if a response was lost and the call was retried.
        ("200 AlreadyExists", "200 Recovered"),
        {"GroupId": _GROUP_ID, "OnExisting": "Succeed"},
    ),
    Case("bad payload", ("400 InvalidPayload /GroupId pattern",), {"GroupId": "smoke"}),
    # A trigger that only allows POST rejects this before the function runs.
    Case("wrong method", ("405 MethodNotAllowed", f"403 {_BY_FC}"), method="GET"),
)


@dataclass(frozen=True)
class Row:
    """The result of a case: a summary of the response, its envelope, and further problems."""

    case: Case
    seconds: float
    summary: str
    envelope: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Return whether the response differs from the contract."""
        return self.summary not in self.case.allowed or bool(self.problems)


@click.command(short_help="Check that a deployed function works.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON document.")
def command(target: str, *, as_json: bool) -> None:
    """Send four requests to the function at TARGET, and compare the responses with its contract.

    They create the group GID_smoke, create it again, send a bad payload, and use a wrong method.
    Exit with status 3 if a response differs, and with 2 if the function cannot be invoked at all.
    TARGET and the credentials are as for `invoke --remote`.
    """
    invoke = invoker_for(target, os.environ)
    rows: list[Row] = []
    for case in CASES:
        start = time.perf_counter()
        try:
            summary, envelope, problems = _examine(invoke(_event(case)))
        except InvokeError as refused:
            if not rows:
                raise
            summary = f"{refused.status} {_BY_FC}" if refused.status else "no response"
            envelope, problems = {}, () if summary in case.allowed else (refused.message,)
        rows.append(Row(case, time.perf_counter() - start, summary, envelope, problems))
    output(_document(rows) if as_json else _table(rows))
    note(_billing_note(rows))
    sys.exit(FINDING if any(row.differs for row in rows) else 0)


def _event(case: Case) -> bytes:
    body = json.dumps(case.body).encode() if case.body else b""
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))))
    request = HttpRequest(method=case.method, headers=headers, body=body)
    return http_event.event(request, new_request_id(), time.time())


def _examine(invoked: InvokeResponse) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Return a summary of the response, its envelope, and where it violates the contract."""
    response = invoked.as_http()
    if invoked.error_type:
        return f"{response.status} {invoked.error_type}", {}, ("the function failed; see its log",)
    try:
        envelope = json_text.read(response.body)
        _schema().validate(envelope)
        _ = envelope["InvocationId"], envelope["Data" if envelope["Success"] else "Error"]
    # A KeyError: it is the envelope of a batch.
    except (ValueError, ValidationError, KeyError):
        return f"{response.status} no envelope", {}, ("not valid against envelope.json",)
    headers = {name.lower(): value for name, value in response.headers.items()}
    checks = {
        "Content-Type is not application/json": headers.get("content-type") == "application/json",
        "InvocationId is not X-Fc-Request-Id": envelope["InvocationId"] == invoked.request_id,
    }
    if envelope["Success"]:
        checks["RequestId is missing"] = bool(envelope["RequestId"])
        checks["Data names another group"] = envelope["Data"]["GroupId"] == _GROUP_ID
        summary = [envelope["Data"]["Outcome"]]
    else:
        error = envelope["Error"]
        checks["HttpStatus is not the status"] = error["HttpStatus"] == response.status
        checks["Allow is not POST"] = response.status != 405 or headers.get("allow") == "POST"
        summary = [error["Code"]]
        for violation in error.get("Violations", ()):
            summary += [violation["Pointer"], violation["Keyword"]]
    problems = tuple(problem for problem, passed in checks.items() if not passed)
    return " ".join([str(response.status), *summary]), envelope, problems


def _schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_ENVELOPE.read_text(encoding="utf-8")))


def _table(rows: list[Row]) -> str:
    cells = [("", "expected", "got", "ms", "")]
    for row in rows:
        expected = " or ".join(row.case.allowed)
        verdict = "DIFFERS" if row.differs else "ok"
        cells.append((row.case.name, expected, row.summary, f"{row.seconds * 1000:.0f}", verdict))
    w = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        f"{name:{w[0]}}  {expected:{w[1]}}  {got:{w[2]}}  {ms:>{w[3]}}  {verdict}"
        for name, expected, got, ms, verdict in cells
    ]
    lines += [f"{row.case.name}: {problem}" for row in rows for problem in row.problems]
    return "\n".join(line.rstrip() for line in lines)


def _document(rows: list[Row]) -> str:
    cases = [
        {
            "case": row.case.name,
            "expected": row.case.allowed,
            "got": row.summary,
            "milliseconds": round(row.seconds * 1000),
            "ok": not row.differs,
            "faults": row.problems,
        }
        for row in rows
    ]
    return json.dumps({"ok": not any(row.differs for row in rows), "cases": cases}, indent=2)


def _billing_note(rows: list[Row]) -> str:
    """Return what the real service bills, and the command that deletes the group."""
    invoked = sum(not row.summary.endswith(_BY_FC) for row in rows)
    outcomes = {row.summary.partition(" ")[2] for row in rows}
    group = "no group (it already existed)"
    if outcomes & {"Created", "Recovered"}:
        group = f"the group {_GROUP_ID}, as one message TPS of its instance"
    elif "AlreadyExists" not in outcomes:
        group = f"no group (unless {_GROUP_ID} was created although no response came)"
    lines = ["", f"Billed (unless the target is a stub): {invoked} invocations; {group}."]
    for row in rows:
        if data := row.envelope.get("Data"):
            lines.append("To delete the group, which is billed too:")
            lines.append(
                f"  aliyun onsmqtt DeleteGroupId --region {data['RegionId']}"
                f" --InstanceId {data['InstanceId']} --GroupId {_GROUP_ID}"
            )
            break
    return "\n".join(lines)
