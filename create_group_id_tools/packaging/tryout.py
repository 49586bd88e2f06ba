"""What the function of a zip answers, under its runtime's Python and in an environment of ours."""

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

    from create_group_id_tools.packaging.tree import Runtime

_SCRIPT = Path(__file__).parent / "trial.py"
OURS = ("index.handler", "index.initialize")
# Without credentials the function must still import, and answer an invalid payload by 400 and a
# valid one by saying that it has none.
_CASES: tuple[tuple[dict[str, str], int, str], ...] = (
    ({"GroupId": "nobody"}, 400, "InvalidPayload"),
    ({"GroupId": "GID_trial", "InstanceId": INSTANCE_ID}, 500, "CredentialsMissing"),
)


@dataclass(frozen=True)
class Answer:
    """An answer: an HTTP status, where there is one, and the error's code and message."""

    status: int | None
    code: str | None
    message: str | None


def post(payload: Mapping[str, Any]) -> bytes:
    """Build the event of an HTTP trigger for a payload."""
    body = json.dumps(payload).encode()
    request = HttpRequest(headers=(("Content-Type", "application/json"),), body=body)
    return http_event.event(request, "1-trial", time.time())


def variables(
    runtime: Runtime, zipped: Path, python: str, entries: tuple[str, str] = OURS
) -> set[str]:
    """Try the zip in an empty environment; returns the names of the variables that it read.

    Raises `PackageError` where it fails, or answers otherwise than it must.
    """
    events = [post(payload) for payload, _, _ in _CASES]
    read, answered = _run(runtime, zipped, python, entries, {}, events)
    for answer, (_, status, code) in zip(answered, _CASES, strict=True):
        if (answer.status, answer.code) != (status, code):
            got = f"{answer.status} {answer.code}"
            raise PackageError(
                f"{runtime.name}: the zip fails: it answers {got} instead of {status} {code}"
            )
    return read


def answers(
    runtime: Runtime,
    zipped: Path,
    python: str,
    entries: tuple[str, str],
    environ: Mapping[str, str],
    events: Sequence[bytes],
) -> list[Answer]:
    """Invoke with each event in that environment; raises `PackageError`."""
    return _run(runtime, zipped, python, entries, environ, events)[1]


def _run(
    runtime: Runtime,
    zipped: Path,
    python: str,
    entries: tuple[str, str],
    environ: Mapping[str, str],
    events: Sequence[bytes],
) -> tuple[set[str], list[Answer]]:
    asked = json.dumps({"environ": environ, "events": [event.decode() for event in events]})
    # For the context, which the runtime's own module builds.
    path = {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        with ZipFile(zipped) as file:
            file.extractall(folder)
        arguments = (folder, runtime.name, *entries, asked)
        done = interpreters.run(python, _SCRIPT, *arguments, environ=path)
    if done.returncode:
        raise PackageError(f"{runtime.name}: the zip fails: {interpreters.gist(done.stderr)}")
    told = json.loads(done.stdout.splitlines()[-1])
    return set(told["read"]), [Answer(**answer) for answer in told["answers"]]
