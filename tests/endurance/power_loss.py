"""`make power-loss`: no state in which a power loss can leave the disk loses an accepted event.

strace records what `serve` writes, syncs and sends. After each of these calls the disk can be in
many states (disk.py). In each, every event whose 202 or 201 was sent must be in the folder of
accepted events, or in the failure file, or have created its group. Then servers start on a sample
of these states, and must create the rest.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.runtime.context import AccessCredentials
from tests.endurance import strace
from tests.endurance.served import Served, serving, wait_for
from tests.endurance.states import FAILURES, FOLDER, QUEUES, Promise, examine, recorded, write
from tests.local.sender import document, message, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.endurance.disk import State
    from tests.endurance.strace import Sent

_FAULTS = [
    {"effect": "error", "code": "NoPermission", "group_id": "GID_denied*"},
    {"effect": "delay", "delay": 60, "group_id": "GID_slow*"},
]
_NO_JSON = b"\xff\x00 no JSON"


def record(folder: Path, events: int, *, dead_letter: bool = False) -> tuple[Path, dict[str, str]]:
    """Run a server on an empty folder under strace; return the trace, and the group of each ID.

    A dead letter takes a minute, with the retries of the batch.
    """
    trace = folder.with_name(f"{folder.name}.strace")
    options = ("--max-retries", "0", "--instances", "2")
    with (
        ThreadPoolExecutor(4) as pool,
        serving(
            folder / FOLDER,
            trace.with_suffix(".log"),
            *options,
            prefix=strace.command(trace),
            ONSMQTT_MAX_QPS="100",
        ) as served,
    ):
        served.post("faults", _FAULTS)
        tenants = [f"{kind}{number}" for number in range(events) for kind in ("fine", "denied")]
        groups = dict(zip(pool.map(served.publish, tenants), map(_group, tenants), strict=True))
        bulk = [f"bulk{number}" for number in range(events // 2)]
        groups |= _send(served, [*bulk, "deniedbulk"] if dead_letter else bulk)
        groups[_publish_bytes(served)] = ""
        wait_for(lambda: not any(any((folder / queue).iterdir()) for queue in QUEUES))
        groups |= {served.publish(tenant): _group(tenant) for tenant in ("slow1", "slow2", "slow3")}
        served.end()
    return trace, groups


def restart(state: State, due: Sequence[Promise], folder: Path) -> list[str]:
    """Start a server on a state, and return the promises that it does not keep."""
    write(state, folder)
    log = folder.with_suffix(".log")
    with serving(folder / FOLDER, log, "--max-retries", "0", ONSMQTT_MAX_QPS="100") as served:
        places = [folder / queue / one.request_id for queue in QUEUES for one in due]
        wait_for(lambda: not any(place.exists() for place in places))
        groups = served.groups()
        status = served.end()
    kept = groups | recorded(folder / FAILURES)
    lost = [one for one in due if one.group_id not in kept and one.request_id not in kept]
    problems = [
        f"{one.request_id} was accepted, and no server creates {one.group_id}" for one in lost
    ]
    return problems if status == 0 else [*problems, f"the server exited with {status}"]


def _send(served: Served, tenants: Sequence[str]) -> dict[str, str]:
    """Send messages to the queue; return their IDs with the group of each."""
    messages = [message(json.dumps({"tenantId": tenant})) for tenant in tenants]
    response = send(served.url, "create-group-id-signups", document(*messages))
    assert response.status_code == 201, response.text
    return dict(zip(_message_ids(response.content), map(_group, tenants), strict=True))


def _publish_bytes(served: Served) -> str:
    client = Fc3Client(served.url, AccessCredentials())
    response = client.invoke("create-group-id-events", _NO_JSON, asynchronous=True)
    return response.request_id


def promises(sent: Sequence[Sent], groups: Mapping[str, str]) -> list[Promise]:
    """Return what the responses that were sent promise."""
    found: list[Promise] = []
    for one in sent:
        ids: list[str] = []
        if one.data.startswith(b"HTTP/1.1 202 "):
            ids = re.findall(r"X-Fc-Request-Id: (\S+)", one.data.decode())
        elif one.data.startswith(b"HTTP/1.1 201 "):
            ids = _message_ids(one.data)
        found += [Promise(request_id, one.moment, groups[request_id]) for request_id in ids]
    assert {one.request_id for one in found} == set(groups), "not every response is in the trace"
    return found


def created(sent: Sequence[Sent]) -> dict[str, int]:
    """Return when the call for each group was sent; only some have a fault."""
    moments: dict[str, int] = {}
    for one in sent:
        match = re.match(rb"POST /\?\S*\bGroupId=(GID_(?:fine|bulk)\d+)", one.data)
        if match:
            moments.setdefault(match[1].decode(), one.moment)
    return moments


def _message_ids(body: bytes) -> list[str]:
    return re.findall(r"<MessageId>(\w+)</MessageId>", body.decode())


def _group(tenant: str) -> str:
    return f"GID_{tenant}"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder with the empty folders `state` and `scratch`.

    It is in memory if possible: the disk is a model, and thousands of its states are written.
    """
    memory = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        for inside in ("state", "scratch"):
            (Path(name) / inside).mkdir()
        yield Path(name)


def main(events: int = 10, sample: int = 20) -> int:
    """Record, examine, restart; print the figures, and return the exit status."""
    started = time.monotonic()
    with scratch_folder() as folder:
        trace, groups = record(folder / "state", events, dead_letter=True)
        disk, sent = strace.read(trace, folder / "state")
        due = promises(sent, groups)
        findings = examine(disk, due, created(sent), folder / "scratch", sample=sample)
        problems = findings.problems
        for number, (state, kept) in enumerate(findings.sample):
            place = folder / "scratch" / str(number)
            problems += [f"server {number}: {problem}" for problem in restart(state, kept, place)]
            shutil.rmtree(place)
    print(
        f"{len(due)} accepted events, {findings.moments} moments, {findings.states} states of the "
        f"disk, {len(findings.sample)} servers started on them: {len(problems)} problems, "
        f"in {time.monotonic() - started:.0f} s",
        *problems[:20],
        sep="\n",
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
