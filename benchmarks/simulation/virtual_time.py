"""Virtual time for code that sleeps. One process runs at a time, until it sleeps or ends."""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class VirtualTime:
    """A clock in seconds, and an agenda of actions with their times."""

    def __init__(self) -> None:
        self.now = 0.0
        self.running: Process | None = None
        self.returned = threading.Semaphore(0)
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []
        self._number = itertools.count()

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def at(self, moment: float, action: Callable[[], object]) -> None:
        """Schedule an action at a moment."""
        heapq.heappush(self._agenda, (moment, next(self._number), action))

    def sleep(self, seconds: float) -> None:
        """Make the running process sleep."""
        wake = self.now + seconds
        if self._agenda and self._agenda[0][0] <= wake:
            if not self.running:
                raise RuntimeError("only a process can sleep")
            self.at(wake, self.running.resume)
            self.running.pause()
        else:
            self.now = wake  # no action is scheduled before that

    def run(self) -> None:
        """Run all actions until the agenda is empty."""
        while self._agenda:
            self.now, _, action = heapq.heappop(self._agenda)
            action()


class Process:
    """A thread that runs one job after another, in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._go = threading.Semaphore(0)
        self._job: Callable[[], object] = lambda: None
        threading.Thread(target=self._work, daemon=True).start()

    def start(self, job: Callable[[], object]) -> None:
        """Run a job until it sleeps or ends."""
        self._job = job
        self.resume()

    def resume(self) -> None:
        """Run until the next sleep or the end of the job."""
        caller = self._time.running
        self._time.running = self
        self._go.release()
        self._time.returned.acquire()
        self._time.running = caller

    def pause(self) -> None:
        """Return to the agenda until resumed."""
        self._time.returned.release()
        self._go.acquire()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            self._job()
            self._time.returned.release()
