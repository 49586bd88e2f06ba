"""Invoke the function of a zip under its runtime's Python, in an environment of our choice."""

from __future__ import annotations

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest
from create_group_id_tools.packaging import interpreters
from create_group_id_tools.packaging.tree import PackageError
from create_group_id_tools.project import INSTANCE_ID, ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from create_group_id_tools.packaging.tree import TargetRuntime

_SCRIPT = Path(__file__).parent / "invoke_zip.py"
OURS = ("index.handler", "index.initialize")
# Without credentials the function must still import, refuse an invalid payload with 400, and
# report the missing credentials for a valid one.
_CASES: tuple[tuple[dict[str, str], int, str], ...] = (
    ({"GroupId": "nobody"}, 400, "InvalidPayload"),
    ({"GroupId": "GID_trial", "InstanceId": INSTANCE_ID}, 500, "CredentialsMissing"),
)


@dataclass(frozen=True)
class TrialResponse:
    """A response: the HTTP status (None for an event), and the error's code and message."""

    status: int | None
    code: str | None
    message: str | None


def post_event(payload: Mapping[str, Any]) -> bytes:
    """Build the event of an HTTP trigger for a payload."""
    body = json.dumps(payload).encode()
    request = HttpRequest(headers=(("Content-Type", "application/json"),), body=body)
    return http_event.event(request, "1-trial", time.time())


def variables_read(
    runtime: TargetRuntime, zipped: Path, python: str, entries: tuple[str, str] = OURS
) -> set[str]:
    """Invoke the zip in an empty environment; return the names of the variables that it read.

    Raise `PackageError` if it fails, or does not respond as it must.
    """
    events = [post_event(payload) for payload, _, _ in _CASES]
    names, results = _run(runtime, zipped, python, entries, {}, events)
    for response, (_, status, code) in zip(results, _CASES, strict=True):
        if (response.status, response.code) != (status, code):
            got = f"{response.status} {response.code}"
            raise PackageError(
                f"{runtime.name}: the zip fails: it returns {got} instead of {status} {code}"
            )
    return names


def responses(
    runtime: TargetRuntime,
    zipped: Path,
    python: str,
    entries: tuple[str, str],
    environ: Mapping[str, str],
    events: Sequence[bytes],
) -> list[TrialResponse]:
    """Invoke the zip with each event in that environment; raise `PackageError` if it fails."""
    return _run(runtime, zipped, python, entries, environ, events)[1]


def _run(
    runtime: TargetRuntime,
    zipped: Path,
    python: str,
    entries: tuple[str, str],
    environ: Mapping[str, str],
    events: Sequence[bytes],
) -> tuple[set[str], list[TrialResponse]]:
    task = json.dumps({"environ": environ, "events": [event.decode() for event in events]})
    # The script builds the context with `create_group_id_tools.runtime.context`.
    path = {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        with ZipFile(zipped) as file:
            file.extractall(folder)
        arguments = (folder, runtime.name, *entries, task)
        completed = interpreters.run(python, _SCRIPT, *arguments, environ=path)
    if completed.returncode:
        raise PackageError(
            f"{runtime.name}: the zip fails: {interpreters.last_line(completed.stderr)}"
        )
    try:
        report = json.loads(completed.stdout.splitlines()[-1])
        return set(report["read"]), [TrialResponse(**fields) for fields in report["responses"]]
    except (IndexError, ValueError, TypeError, KeyError):
        raise PackageError(
            f"{runtime.name}: the zip fails: its code ended the process before it returned"
        ) from None
