"""Check the states of a disk: each must have what was promised, as the next server reads it."""

from __future__ import annotations

import io
import json
import random
import tempfile
from contextlib import closing, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from create_group_id_tools.failures.records import RecordFile
from create_group_id_tools.local.accepted import AcceptedEvent, AcceptedFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.endurance.disk import Disk, State

FOLDER = "new/folder"  # which does not exist when the server starts
FAILURES = f"{FOLDER}/failures.jsonl"
QUEUES = (f"{FAILURES}.accepted", f"{FAILURES}.messages.accepted")


@dataclass(frozen=True)
class Promise:
    """An event that was accepted: the moment of its 202 or 201, and the group that it creates."""

    request_id: str
    moment: int
    group_id: str


@dataclass
class Findings:
    """The problems in the states, and a `sample` of the states with the promises due in each."""

    moments: int = 0
    states: int = 0
    problems: list[str] = field(default_factory=list)
    sample: list[tuple[State, list[Promise]]] = field(default_factory=list)


def examine(
    disk: Disk,
    promises: Sequence[Promise],
    created: Mapping[str, int],
    scratch: Path,
    *,
    sample: int,
) -> Findings:
    """Build every state after every moment, and check it.

    `created` are the moments at which groups were created.
    """
    findings, written, dice = Findings(), disk.written(), random.Random(0)
    for moment in sorted({*disk.moments(), *(promise.moment for promise in promises)}):
        findings.moments += 1
        due = [
            one
            for one in promises
            if one.moment <= moment and created.get(one.group_id, moment + 1) > moment
        ]
        for state in {frozenset(state.items()): state for state in disk.states(moment)}.values():
            findings.states += 1
            with tempfile.TemporaryDirectory(dir=scratch) as name:
                write(state, Path(name))
                problems = list(_problems(Path(name), due, written))
            findings.problems += [f"after step {moment}: {problem}" for problem in problems]
            # Each state has the same chance to be in the sample.
            if len(findings.sample) < sample:
                findings.sample.append((state, due))
            elif (index := dice.randrange(findings.states)) < sample:
                findings.sample[index] = (state, due)
    return findings


def _problems(root: Path, due: Sequence[Promise], written: State) -> Iterator[str]:
    """Yield the problems of a state, as the next server and `redrive` would read it."""
    kept = recorded(root / FAILURES)
    for queue in QUEUES:
        for item in _whole(root / queue):
            kept.add(item.request_id)
            content = written[f"{queue}/{item.request_id}"]
            if content is None or content.partition(b"\n")[2] != item.event:
                yield f"{item.request_id} is damaged, but taken for whole"
    for one in due:
        if one.request_id not in kept:
            yield f"{one.request_id} ({one.group_id}) was accepted, and is lost"
    if any(_ids(line) for line in _lines(root / FAILURES)):
        with RecordFile(root / FAILURES):  # raises if a bad line hides the others
            pass


def _whole(folder: Path) -> list[AcceptedEvent]:
    """Return the events that a server reads from a folder at its start."""
    if not folder.is_dir():
        return []
    # Its messages about damaged files do not belong on this terminal.
    with redirect_stderr(io.StringIO()), closing(AcceptedFolder(folder.with_suffix(""))) as queue:
        return queue.left()


def recorded(failures: Path) -> set[str]:
    """Return the IDs in the whole lines of the failure file and of the dead letters."""
    letters = _lines(failures.with_name(f"{failures.name}.dead-letters"))
    return {name for line in (*_lines(failures), *letters) for name in _ids(line)}


def _ids(line: str) -> list[str]:
    try:
        value = json.loads(line)
        if isinstance(value, list):
            return [event["data"]["messageId"] for event in value]
        return [value["requestContext"]["requestId"]]
    except (ValueError, KeyError, TypeError):
        return []


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines(keepends=True) if path.is_file() else []


def write(state: State, root: Path) -> None:
    for path, content in state.items():
        place = root / path
        if content is None:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
