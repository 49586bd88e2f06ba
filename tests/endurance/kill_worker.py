"""Kill the worker that runs an event, at many moments of the event."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import requests

from tests.endurance.records import Kills, ids, spread
from tests.endurance.served import Served, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

OPTIONS = ("--instances", "1", "--retry-delay", "0")
_FUNCTION = "create-group-id"
_HOLD = 1.0
# A fault that delays a call at this point. The stub's journal or its rule shows when it acts.
_POINTS: dict[str, dict[str, Any]] = {
    "before-commit": {"effect": "delay", "delay": _HOLD},
    "after-commit": {"effect": "delay", "delay": _HOLD, "when": "after"},
    "response-head": {"effect": "trickle", "delay": 0.02, "part": "head"},
    "response-body": {"effect": "trickle", "delay": 0.02},
}


class WorkerKiller:
    """Publish one event after the other, and kill the worker of each."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._published: dict[str, str] = {}
        self.kills = Kills("workers")

    def at_points(self, times: int) -> None:
        """Kill at the points of a call that are visible from outside."""
        for number in range(times):
            for point, fault in _POINTS.items():
                self._warm()
                self._served.post("faults", [{**fault, "times": 1}])
                self._kill_during(f"{point}{number}", self._wait_for_fault)
            self._warm()
            self._signal(signal.SIGSTOP)  # so that it does not read the event
            self._kill_during(f"unread{number}", self._wait_for_run)
            self._kill()
            self._kill_during(f"starting{number}", lambda: wait_for(self._workers))

    def at_instants(self, count: int) -> None:
        """Kill at instants spread over the time of an event, with a warm worker and a new one."""
        for kind, prepare in (("warm", self._warm), ("cold", self._kill)):
            seconds = statistics.median(self._time(f"{kind}timed{n}", prepare) for n in range(5))
            for number in range(count // 2):
                prepare()
                instant = spread(number + 1) * seconds
                self._kill_during(f"{kind}{number}", partial(time.sleep, instant))

    def check(self) -> Kills:
        """Compare the events with the records, the groups and the calls."""
        served, kills = self._served, self.kills
        succeeded, failed = ids(served.successes), ids(served.failures)
        calls = requests.get(f"{served.stub}/_stub/state", timeout=60).json()["calls"]
        commits = Counter(call["group_id"] for call in calls if call["committed"])
        groups = served.groups()
        kills.events, kills.failed = len(self._published), failed.total()
        for request_id, tenant in self._published.items():
            if succeeded[request_id] + failed[request_id] != 1:
                kills.problems.append(f"{tenant} has not one record")
            if succeeded[request_id] and f"GID_{tenant}" not in groups:
                kills.problems.append(f"{tenant} succeeded without its group")
        if created_again := [group for group, count in commits.items() if count > 1]:
            kills.problems.append(f"created twice: {created_again}")
        if set(commits) != groups:
            kills.problems.append(f"groups and calls differ: {set(commits) ^ groups}")
        return kills

    def _kill_during(self, tenant: str, moment: Callable[[], object]) -> None:
        self._publish(tenant)
        moment()
        self.kills.count += self._kill()
        self._wait_until_ended()

    def _time(self, tenant: str, prepare: Callable[[], object]) -> float:
        prepare()
        started = time.monotonic()
        self._publish(tenant)
        self._wait_until_ended()
        return time.monotonic() - started

    def _warm(self) -> None:
        """Make sure that there is an idle worker."""
        self._publish(f"warm-up{len(self._published)}")
        self._wait_until_ended()

    def _publish(self, tenant: str) -> None:
        self._published[self._served.publish(tenant)] = tenant

    def _wait_until_ended(self) -> None:
        wait_for(lambda: not self._served.waiting())

    def _wait_for_fault(self) -> None:
        wait_for(lambda: self._served.state()["faults"][0]["acted"])

    def _wait_for_run(self) -> None:
        wait_for(lambda: self._served.state()["invocations"][0]["state"] == "running")

    def _workers(self) -> list[int]:
        workers = self._served.workers().items()
        return [pid for pid, variables in workers if variables.get("FC_FUNCTION_NAME") == _FUNCTION]

    def _kill(self) -> int:
        return self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> int:
        """Send a signal to the worker; return the number of workers that got it."""
        sent = 0
        for pid in self._workers():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
                sent += 1
        return sent
