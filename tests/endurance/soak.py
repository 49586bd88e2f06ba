"""`make soak MINUTES=20 CALLERS=4 RATE=40`: `serve` for as long as you like, with faults.

Time is divided into laps. In each, callers send requests of all kinds, and one call in ten to the
stub has a fault. Then they pause until every accepted event has ended, all accounts are reconciled
(ledger.py), the use of memory, descriptors and threads is noted, and the stub starts afresh.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.runtime.context import AccessCredentials
from tests.endurance import ledger, usage
from tests.endurance.callers import BULK, EVENTS, WAITING, Caller
from tests.endurance.ledger import Lap
from tests.endurance.readings import Reading, Soak
from tests.endurance.served import Served, serving, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.endurance.callers import Case

_INSTANCES = 3
_OPTIONS = ("--instances", str(_INSTANCES), "--retry-delay", "0.2")
# By default glibc keeps the memory of large blocks in an arena for each of several threads, so that
# a server without a leak grows for an hour.
_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
_FAULTY_CALLS = 0.1
Fault = dict[str, Any]
FAULTS: list[Fault] = [
    {"effect": "error", "code": "Throttling.User"},
    {"effect": "error", "code": "Throttling.Api", "headers": {"x-acs-retry-after": "300"}},
    {"effect": "error", "code": "ServiceUnavailable", "status": 503},
    {"effect": "error", "code": "InternalError", "status": 500, "when": "after"},
    {"effect": "error", "code": "NoPermission"},
    {"effect": "delay", "delay": 0.3},
    {"effect": "delay", "delay": 0.3, "when": "after"},
    # Longer than an attempt may take; often, it would leave the callers waiting.
    {"effect": "delay", "delay": 6, "when": "after", "times": 5},
    {"effect": "refuse"},
    {"effect": "reset"},
    {"effect": "reset", "when": "after"},
    {"effect": "reset", "when": "answer"},
    {"effect": "redirect"},  # not after the commit: who redirects a call has not run it
    {"effect": "truncated"},
    {"effect": "oversized", "size": 1 << 20},
    {"effect": "not_json"},
    {"effect": "wrong_type"},
    {"effect": "empty"},
    {"effect": "trickle", "delay": 0.002},
    {"effect": "trickle", "delay": 0.002, "part": "head"},
]


class Course:
    """A server, and the laps that it runs."""

    def __init__(
        self, served: Served, callers: int, rate: float, faults: Sequence[Fault], temporary: Path
    ) -> None:
        self._served, self._callers, self._rate, self._faults = served, callers, rate, faults
        self._temporary = temporary
        self._read = dict.fromkeys((served.log, served.failures, served.successes), 0)
        for path in self._read:
            self._news(path)
        self.soak = Soak()

    def lap(self, number: int, seconds: float) -> None:
        """Run one lap, reconcile it, and note what the processes use."""
        started, served = time.monotonic(), self._served
        share = 1 - (1 - _FAULTY_CALLS) ** (1 / len(self._faults))
        rules = [
            {**rule, "probability": share, "seed": number * len(self._faults) + index}
            for index, rule in enumerate(self._faults)
        ]
        served.post("faults", rules)
        stop = threading.Event()
        callers = [
            Caller(served.url, f"l{number}", f"l{number}c{index}") for index in range(self._callers)
        ]
        with ThreadPoolExecutor(self._callers) as pool:
            running = [pool.submit(one.run, stop, self._callers / self._rate) for one in callers]
            stop.wait(seconds)
            stop.set()
            for one in running:
                one.result()
        wait_for(lambda: not served.waiting(), 300)
        calls = self._reconcile(number, [case for one in callers for case in one.cases])
        self.soak.readings.append(self._reading(calls, started))
        served.post("reset", {})

    def _reconcile(self, number: int, cases: list[Case]) -> int:
        served, soak = self._served, self.soak
        state = requests.get(f"{served.stub}/_stub/state", timeout=60).json()
        lap = Lap(
            cases=cases,
            calls=state["calls"],
            groups={group["GroupId"] for item in state["instances"] for group in item["Groups"]},
            refused=sum(rule["acted"] for rule in state["faults"] if rule["effect"] == "refuse"),
            log=self._news(served.log),
            successes=[json.loads(line) for line in self._news(served.successes)],
            failures=[json.loads(line) for line in self._news(served.failures)],
        )
        if len(lap.calls) == state["settings"]["journal_size"]:
            soak.problems.append(f"lap {number}: the journal is full; use shorter laps")
        soak.problems += [f"lap {number}: {problem}" for problem in ledger.problems(lap)]
        soak.kinds.update(case.kind for case in cases)
        soak.faults.update(
            {
                " ".join([*map(str, self._faults[index].values())]): rule["acted"]
                for index, rule in enumerate(state["faults"])
            }
        )
        for _, fields in lap.invocations:
            soak.outcomes.update(fields["Results"])
        return len(lap.calls) + lap.refused

    def _news(self, path: Path) -> list[str]:
        """Return the lines that were added to a file since the last lap."""
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(self._read[path])
            content = file.read()
        self._read[path] += len(content)
        return content.decode().splitlines()

    def _reading(self, calls: int, started: float) -> Reading:
        served = self._served
        doors = (served.url, served.stub)
        # A connection that its client has closed ends when a fault no longer holds its thread.
        with suppress(AssertionError):  # one that never ends is in the figures
            wait_for(lambda: not usage.connections(doors, usage.CLOSE_WAIT), 10)
        before = None
        while before != (before := (usage.usage(served.pid).threads, usage.connections(doors))):
            time.sleep(0.3)
        server, connected = usage.usage(served.pid), usage.connections(doors)
        return Reading(
            server=server,
            workers={pid: usage.usage(pid) for pid in sorted(served.workers())},
            idle_descriptors=server.descriptors - connected,
            idle_threads=server.threads - connected,
            files=len(list(self._temporary.iterdir())),
            calls=calls,
            seconds=time.monotonic() - started,
        )


@contextmanager
def course(callers: int, rate: float, faults: Sequence[Fault] = FAULTS) -> Iterator[Course]:
    """Run a server for laps, in which `rate` requests per second are sent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "state").mkdir()
        (folder / "temporary").mkdir()
        with serving(
            folder / "state", folder / "log", *_OPTIONS,
            ONSMQTT_MAX_QPS="50", TMPDIR=str(folder / "temporary"), **_MALLOC,
        ) as served:  # fmt: skip
            _start_workers(served)
            yield Course(served, callers, rate, faults, folder / "temporary")
            assert served.end() == 0


def _start_workers(served: Served) -> None:
    """Start every instance, so that none is new in a later lap."""
    client = Fc3Client(served.url, AccessCredentials())
    calls = [
        (function, f'{{"tenantId": "first{number}"}}'.encode())
        for number in range(_INSTANCES)
        for function in (WAITING, EVENTS, BULK)
    ]
    with ThreadPoolExecutor(len(calls)) as pool:
        while len(served.workers()) < len(calls):
            # A call that takes as long as this needs an instance of its own.
            served.post("faults", [{"effect": "delay", "delay": 2}])
            list(pool.map(client.invoke, *zip(*calls, strict=True)))
    served.post("reset", {})


def main() -> int:
    """Run laps for some minutes; print the figures, and return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--rate", type=float, default=40, help="requests per second of all callers")
    parser.add_argument("--lap", type=float, default=50, help="seconds of requests in a lap")
    arguments = parser.parse_args()
    started = time.monotonic()
    with course(arguments.callers, arguments.rate) as running:
        soak = running.soak
        for number in itertools.count():
            running.lap(number, arguments.lap)
            _print_reading(number, soak.readings[-1])
            if time.monotonic() - started > arguments.minutes * 60:
                break
    seconds = time.monotonic() - started
    _print_counts(soak, seconds)
    problems = [*soak.problems, *soak.trends()]
    print(f"{len(problems)} problems", *problems[:20], sep="\n")
    return 1 if problems else 0


def _print_reading(number: int, reading: Reading) -> None:
    if number % 10 == 0:
        print("lap", "seconds", "calls", *reading.figures, sep=" | ")
    figures = (f"{value:.1f}".removesuffix(".0") for value in reading.figures.values())
    print(number, round(reading.seconds), reading.calls, *figures, sep=" | ", flush=True)


def _print_counts(soak: Soak, seconds: float) -> None:
    tables = {"requests": soak.kinds, "results": soak.outcomes, "faults": soak.faults}
    for title, counts in tables.items():
        parts = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        print(f"{counts.total()} {title}: {parts}")
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in times)
    calls = sum(reading.calls for reading in soak.readings)
    print(f"{calls} calls in {seconds:.0f} s, with {cpu / seconds:.2f} CPUs, callers included")


if __name__ == "__main__":
    sys.exit(main())
