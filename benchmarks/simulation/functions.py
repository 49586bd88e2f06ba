"""Functions of FC in virtual time: reserved instances, and the queues that invoke them."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks import events
from benchmarks.simulation.deployment import SimulatedInstance
from benchmarks.simulation.virtual_time import Process

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from benchmarks.simulation.deployment import TemplateFunction
    from benchmarks.simulation.virtual_time import VirtualTime

FIRST_BACKOFF, GIVES_UP = 0.5, 5 * 3600.0  # FC's queue without a free instance, as documented
BETWEEN_RETRIES = 1.0  # seconds; not documented by FC


class SimulatedFunction:
    """The reserved instances of a function. An invocation uses a free one."""

    def __init__(self, spec: TemplateFunction, time: VirtualTime, random: Random) -> None:
        self.spec, self._time = spec, time
        self.invocations, self.busy_seconds = 0, 0.0
        self._free = [
            (Process(time), SimulatedInstance(spec, time, random)) for _ in range(spec.instances)
        ]
        self.on_free: Callable[[], object] = lambda: None

    @property
    def is_free(self) -> bool:
        """Return whether an instance is free."""
        return bool(self._free)

    def invoke(self, event: bytes, done: Callable[[Any], object]) -> None:
        """Invoke a free instance. It calls `done` at the end."""
        process, instance = self._free.pop()
        started = self._time.now
        self.invocations += 1

        def finish(result: Any) -> None:
            self.busy_seconds += self._time.now - started
            self._free.append((process, instance))
            done(result)
            # By the agenda, because the process must first end its job.
            self._time.at(self._time.now, self.on_free)

        process.start(lambda: instance.invoke(event, finish))


class QueuedSignup(NamedTuple):
    """A signup in a queue: when it was accepted, and how often it was run."""

    tenant: str
    accepted: float
    runs: int = 0


class SimulatedQueue:
    """FC's queue of asynchronous invocations, in one of three models, as FC documents little of it.

    `ideal`: a free instance takes the oldest event. `backoff`: without a free instance, an event is
    tried again after 0.5, 1, 2, 4 … s for five hours. `jittered` varies these times by half.
    """

    def __init__(
        self, function: SimulatedFunction, time: VirtualTime, random: Random, model: str
    ) -> None:
        self.waiting = 0
        self.ended = 0.0
        self.failed: list[str] = []
        self.waits: list[float] = []
        self._function, self._time, self._random, self._model = function, time, random, model
        self._line: deque[QueuedSignup] = deque()
        function.on_free = self._next

    def accept(self, tenant: str) -> None:
        """Accept a signup."""
        self.waiting += 1
        self._offer(QueuedSignup(tenant, self._time.now))

    def _offer(self, event: QueuedSignup, refused: int = 0) -> None:
        if self._model == "ideal":
            self._line.append(event)
            self._next()
        elif self._function.is_free:
            self._run(event)
        elif self._time.now - event.accepted > GIVES_UP:
            self._give_up(event)
        else:
            delay = FIRST_BACKOFF * 2.0**refused
            if self._model == "jittered":
                delay *= self._random.uniform(0.5, 1.5)
            self._time.at(self._time.now + delay, lambda: self._offer(event, refused + 1))

    def _next(self) -> None:
        while self._line and self._function.is_free:
            self._run(self._line.popleft())

    def _run(self, event: QueuedSignup) -> None:
        if self._time.now - event.accepted > self._function.spec.max_age:
            self._give_up(event)
            return

        def finish(result: Any) -> None:
            again = event._replace(runs=event.runs + 1)
            self.ended = self._time.now
            if result:
                self.waiting -= 1
                self.waits.append(self._time.now - event.accepted)
            elif again.runs > self._function.spec.retries:
                self._give_up(again)
            else:
                self._time.at(self._time.now + BETWEEN_RETRIES, lambda: self._offer(again))

        self._function.invoke(json.dumps(events.cloud_event(event.tenant)).encode(), finish)

    def _give_up(self, event: QueuedSignup) -> None:
        self.waiting -= 1
        self.failed.append(event.tenant)


class SimulatedStream:
    """A queue of SMQ with an event-streaming trigger: each task handles one batch at a time."""

    def __init__(self, function: SimulatedFunction, time: VirtualTime) -> None:
        self.ended = 0.0
        self.failed: list[str] = []
        self.waits: list[float] = []
        self._function, self._time = function, time
        self._line: deque[QueuedSignup] = deque()
        self._running = 0
        function.on_free = self._next

    @property
    def waiting(self) -> int:
        """Return how many signups are neither created nor given up."""
        return len(self._line) + self._running

    def accept(self, tenant: str) -> None:
        """Accept a message."""
        self._line.append(QueuedSignup(tenant, self._time.now))
        self._next()

    def _next(self) -> None:
        while self._line and self._function.is_free:
            size = min(self._function.spec.batch, len(self._line))
            batch = [self._line.popleft() for _ in range(size)]
            self._running += size
            self._run(batch, 0)

    def _run(self, batch: list[QueuedSignup], retries: int) -> None:
        def finish(result: Any) -> None:
            self.ended = self._time.now
            if result:
                self._running -= len(batch)
                self.waits += [self._time.now - event.accepted for event in batch]
            elif retries >= 3:  # BACKOFF_RETRY: three times, after 10 to 20 s
                self._running -= len(batch)
                self.failed += [event.tenant for event in batch]
            else:
                self._time.at(self._time.now + 15, lambda: self._again(batch, retries + 1))

        self._function.invoke(events.batch(event.tenant for event in batch), finish)

    def _again(self, batch: list[QueuedSignup], retries: int) -> None:
        if self._function.is_free:
            self._run(batch, retries)
        else:
            self._time.at(self._time.now + 1, lambda: self._again(batch, retries))
