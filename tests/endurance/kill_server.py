"""Kill `serve` while it accepts and runs events, several times in a row on the same files."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.runtime.context import AccessCredentials
from onsmqtt_stub import INSTANCE_ID
from tests.endurance.records import Kills, ids, spread
from tests.endurance.served import Served, serving, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EVENTS = "create-group-id-events"
_DENIED = {"effect": "error", "code": "NoPermission", "group_id": "GID_denied*"}
_PUBLISHERS = 4
_SECONDS = 0.6


@contextmanager
def stub() -> Iterator[str]:
    """Run a stub that is not killed with the servers; yield its URL."""
    command = [sys.executable, "-m", "onsmqtt_stub", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout
        try:
            url = process.stdout.readline().strip()
            requests.post(f"{url}/_stub/faults", json=[_DENIED], timeout=30).raise_for_status()
            yield url
        finally:
            process.kill()


class ServerKiller:
    """Chains of servers; all but the last one are killed."""

    def __init__(self, stub: str) -> None:
        self._stub = stub
        self.kills = Kills("serve")

    def chain(self, number: int, folder: Path, length: int) -> None:
        """Kill servers at different instants, then let one finish, and check what it left."""
        accepted: dict[str, str] = {}
        for link in range(length):
            with self._serving(folder) as served:
                instant = spread(number * length + link + 1) * _SECONDS
                accepted |= self._publish_until(served, f"{number}x{link}", instant)
                self.kills.count += 1
        with self._serving(folder) as served:
            # A file that a kill cut short stays there; its sender got no response.
            wait_for(lambda: not served.waiting() & accepted.keys())
            status = served.end()
        self._check(accepted, served, status)

    @contextmanager
    def _serving(self, folder: Path) -> Iterator[Served]:
        options = ("--live", "--yes", "--instances", "2", "--max-retries", "0")
        with serving(
            folder, folder.with_suffix(".log"), *options,
            ONSMQTT_ENDPOINT=self._stub, ONSMQTT_INSTANCE_ID=INSTANCE_ID, ONSMQTT_MAX_QPS="100",
        ) as served:  # fmt: skip
            yield served

    def _publish_until(self, served: Served, name: str, seconds: float) -> dict[str, str]:
        """Publish with several callers until the server is killed; return what it accepted."""
        accepted: dict[str, str] = {}
        stop = threading.Event()

        def publish(publisher: int) -> None:
            client, count = Fc3Client(served.url, AccessCredentials()), 0
            while not stop.is_set():
                kind = "denied" if count % 3 == 2 else "fine"
                tenant, count = f"{kind}{name}p{publisher}n{count}", count + 1
                event = f'{{"tenantId": "{tenant}"}}'.encode()
                try:
                    response = client.invoke(_EVENTS, event, asynchronous=True)
                except InvokeError:
                    return  # no response: it was not accepted
                accepted[response.request_id] = tenant

        with ThreadPoolExecutor(_PUBLISHERS) as pool:
            running = [pool.submit(publish, number) for number in range(_PUBLISHERS)]
            time.sleep(seconds)
            served.end(signal.SIGKILL)
            stop.set()
            for one in running:
                one.result()
        return accepted

    def _check(self, accepted: dict[str, str], served: Served, status: int) -> None:
        state = requests.get(f"{self._stub}/_stub/state", timeout=60).json()
        groups = {group["GroupId"] for item in state["instances"] for group in item["Groups"]}
        commits = Counter(call["group_id"] for call in state["calls"] if call["committed"])
        succeeded, failed = ids(served.successes), ids(served.failures)
        kills = self.kills
        kills.events += len(accepted)
        kills.failed += len(failed)
        kills.again += sum(count > 1 for count in (succeeded + failed).values())
        for request_id, tenant in accepted.items():
            created = f"GID_{tenant}" in groups
            if not (created or failed[request_id]):
                kills.problems.append(f"{tenant} is neither created nor on record")
            if succeeded[request_id] and not created:
                kills.problems.append(f"{tenant} succeeded without its group")
            if not (succeeded[request_id] or failed[request_id]):
                kills.problems.append(f"{tenant} has no record")
        if again := [group for group, count in commits.items() if count > 1]:
            kills.problems.append(f"created twice: {again}")
        if status:
            kills.problems.append(f"the last server exited with {status}")
