"""Simulate storms of signups with the shipped handler, in virtual time: `make storm`.

It reads instances, pace, timeouts, retries, ages and batches from `template.yml`, and runs the
function as it ships. The account's quota, the API's latency and faults, and FC's queues are models
(benchmarks/simulation). It prints a table, and writes the course of each storm for the plot.
"""

from __future__ import annotations

import json
import statistics
import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import click
from requests.adapters import HTTPAdapter

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from benchmarks.simulation.api import QUOTA, Api
from benchmarks.simulation.deployment import TemplateFunction
from benchmarks.simulation.functions import SimulatedFunction, SimulatedQueue, SimulatedStream
from benchmarks.simulation.virtual_time import VirtualTime
from create_group_id_tools.events.samples import KINDS
from create_group_id_tools.project import ROOT

DUPLICATES = 0.05
BURST = 60.0  # seconds within which all signups arrive
TEMPLATE = ROOT / "template.yml"
SAMPLE = 60.0  # seconds between two points of the plot


class Storm:
    """One run: `signups` in a minute, by one way, while HTTP callers call too."""

    def __init__(
        self,
        signups: int,
        way: str,
        http_per_second: float,
        *,
        seed: int = 1,
        template: Path = TEMPLATE,
    ) -> None:
        self.signups, self.way, self.rate = signups, way, http_per_second
        self.time, self.random = VirtualTime(), Random(seed)  # noqa: S311 - no cryptography
        self.api = Api(self.time, self.random)
        self.callers = SimulatedFunction(
            TemplateFunction.read("callers", template), self.time, self.random
        )
        name = "bulk" if way == "bulk" else "events"
        self.function = SimulatedFunction(
            TemplateFunction.read(name, template), self.time, self.random
        )
        self.queue: SimulatedQueue | SimulatedStream = (
            SimulatedStream(self.function, self.time)
            if way == "bulk"
            else SimulatedQueue(self.function, self.time, self.random, way)
        )
        self.http: list[tuple[int, float]] = []
        self.course: list[tuple[float, int, int, int]] = []

    def run(self, progress: Any) -> dict[str, Any]:
        """Run to the last signup. Return the figures for the table."""
        for number in range(self.signups):
            tenant = f"tenant-{number}"
            arrivals = [self.random.uniform(0, BURST)]
            if self.random.random() < DUPLICATES:
                arrivals.append(arrivals[0] + self.random.uniform(0, BURST))
            for moment in arrivals:
                self.time.at(moment, partial(self.queue.accept, tenant))
        self.time.at(0.0, lambda: self._sample(progress))
        if self.rate:
            self.time.at(1.0, self._call)

        def send(adapter: Any, request: Any, **_: Any) -> Any:
            return self.api.send(request, adapter.caller)

        with mock.patch.object(HTTPAdapter, "send", send):
            self.time.run()
        return self._figures()

    @property
    def _is_over(self) -> bool:
        return self.time.now > 2 * BURST and not self.queue.waiting

    def _sample(self, progress: Any) -> None:
        calls, throttled = self.api.calls.total(), self.api.throttled.total()
        self.course.append((self.time.now, self.queue.waiting, calls, throttled))
        progress.update(max(0, len(self.queue.waits) + len(self.queue.failed) - progress.pos))
        if not self._is_over:
            self.time.at(self.time.now + SAMPLE, lambda: self._sample(progress))

    def _call(self) -> None:
        started = self.time.now
        if self.callers.is_free:
            event = json.dumps(KINDS["http-signup"](f"caller-{len(self.http)}")).encode()
            self.callers.invoke(
                event,
                lambda response: self.http.append(
                    (response["statusCode"], self.time.now - started)
                ),
            )
        else:
            self.http.append((429, 0.0))  # from FC itself
        if not self._is_over:
            self.time.at(started + self.random.expovariate(self.rate), self._call)

    def _figures(self) -> dict[str, Any]:
        waits = sorted(self.queue.waits)
        ended = max(self.queue.ended, 1.0)
        created = sum(group.startswith("GID_tenant-") for group in self.api.groups)
        calls = self.api.calls[self.function.spec.name]
        successes = sorted(seconds for status, seconds in self.http if status == 200)
        gb_seconds = self.function.busy_seconds * self.function.spec.memory_gb
        used = sum(count for second, count in self.api.used.items() if second < ended)
        return {
            "signups": self.signups,
            "way": self.way,
            "hours": ended / 3600,
            "p50": statistics.median(waits) if waits else 0.0,
            "p99": waits[int(0.99 * len(waits))] if waits else 0.0,
            "quota": used / (QUOTA * ended),
            "calls": calls / max(created, 1),
            "throttled": self.api.throttled[self.function.spec.name],
            "invocations": self.function.invocations / max(created, 1),
            "gb_seconds": gb_seconds / max(created, 1),
            "failed": len(self.queue.failed),
            "lost": self.signups - len({*self.queue.failed} | self._created()),
            "http_p50": statistics.median(successes) if successes else 0.0,
            "http_p99": successes[int(0.99 * len(successes))] if successes else 0.0,
            "http_refused": 1 - len(successes) / len(self.http) if self.http else 0.0,
        }

    def _created(self) -> set[str]:
        return {group.removeprefix("GID_") for group in self.api.groups if "tenant" in group}


COLUMNS = (
    ("signups", "{:,}"), ("way", "{}"), ("hours", "{:.2f}"), ("p50", "{:.0f}"), ("p99", "{:.0f}"),
    ("quota", "{:.1%}"), ("calls", "{:.3f}"), ("throttled", "{:,}"), ("invocations", "{:.3f}"),
    ("gb_seconds", "{:.3f}"), ("failed", "{:,}"), ("lost", "{:,}"), ("http_p50", "{:.2f}"),
    ("http_p99", "{:.2f}"), ("http_refused", "{:.2%}"),
)  # fmt: skip
HEADS = (
    "signups", "way", "hours", "wait p50, s", "wait p99, s", "quota used", "calls per group",
    "throttled", "invocations per group", "GB-s per group", "failure queue", "lost", "HTTP p50, s",
    "HTTP p99, s", "HTTP not 200",
)  # fmt: skip
STORMS = (
    (1_000, "ideal"), (20_000, "ideal"), (20_000, "jittered"), (20_000, "backoff"),
    (20_000, "bulk"), (150_000, "ideal"), (150_000, "bulk"), (1_000_000, "bulk"),
)  # fmt: skip


@click.command()
@click.option(
    "--signups", type=int, help="Run one storm with this number of signups, instead of the table."
)
@click.option(
    "--way",
    type=click.Choice(("ideal", "backoff", "jittered", "bulk")),
    default="ideal",
    show_default=True,
    help="With --signups: one of three models of FC's asynchronous queue, or the bulk function.",
)
@click.option(
    "--http", default=0.5, show_default=True, help="HTTP calls per second during the storm."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the random numbers.")
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=TEMPLATE,
    help="Template to use instead of template.yml.",
)
def main(signups: int | None, way: str, http: float, seed: int, template: Path) -> None:
    """Run each storm, print the table, and write the courses to build/storm.json."""
    courses = []
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
    for number, kind in [(signups, way)] if signups else STORMS:
        storm = Storm(number, kind, http, seed=seed, template=template)
        label = f"{number:,} {kind}"
        with click.progressbar(length=number, label=label, file=sys.stderr) as bar:
            figures = storm.run(bar)
        cells = (form.format(figures[name]) for name, form in COLUMNS)
        print(f"| {' | '.join(cells)} |", flush=True)
        courses.append({"figures": figures, "course": storm.course})
    target = ROOT / "build" / "storm.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(courses))


if __name__ == "__main__":
    main()
