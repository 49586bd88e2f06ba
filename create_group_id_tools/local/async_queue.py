"""Run the asynchronous invocations of one function, retry them, and record their results.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling-1-2
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from create_group_id_tools.failures import destination
from create_group_id_tools.local.pool import NoFreeInstance
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from create_group_id_tools.failures.destination import Destination
    from create_group_id_tools.local.history import HistoryEntry
    from create_group_id_tools.runtime.result import Result
    from create_group_id_tools.template.deployment import Policy

# FC names only the first two in its documents.
FAILED, EXHAUSTED = "InvocationError", "FunctionResourceExhausted"
EXPIRED, STOPPED = "EventExpired", "LocalServerStopped"

_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.5, 512.0
_THROTTLED_FOR = 5 * 3600
_WRITE_RETRY_DELAY = 1.0


@dataclass(eq=False)
class Job:
    """One accepted invocation. `condition` is None until it has ended."""

    entry: HistoryEntry
    event: bytes
    qualifier: str
    runs: int = 0
    throttlings: int = 0
    result: Result | None = None
    condition: str | None = None


class AsyncQueue:
    """Accept jobs, and run them in `consumers` threads until each result is recorded."""

    def __init__(
        self,
        run: Callable[[Job], Result],
        finish: Callable[[Job], None],
        policy: Policy,
        *,
        arn: str,
        on_success: Destination | None,
        on_failure: Destination,
        consumers: int,
    ) -> None:
        self._run, self._finish, self.policy, self._arn = run, finish, policy, arn
        self._on_success, self._on_failure = on_success, on_failure
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Job]] = []
        self._numbers = itertools.count()
        self._unfinished: dict[Job, None] = {}
        self._stopped = False
        self._unwritable: set[Path] = set()
        for _ in range(consumers):
            threading.Thread(target=self._consume, daemon=True).start()

    def put(self, job: Job) -> None:
        """Accept a job."""
        with self._changed:
            self._unfinished[job] = None
        self._schedule(job, 0)

    def clear(self) -> None:
        """Drop every job without a record. Jobs that run now end, and are not retried."""
        with self._changed:
            for job in self._unfinished:
                self._finish(job)
            self._unfinished.clear()
            self._due.clear()

    def stop(self) -> list[dict[str, Any]]:
        """Record every unfinished job as a failure; return the records that cannot be written.

        Results that arrive later are ignored.
        """
        unwritten = []
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            for job in self._unfinished:
                job.condition = STOPPED if job.condition is None else job.condition
                if self._write(job):
                    self._finish(job)
                else:
                    unwritten.append(self._record(job))
            self._unfinished.clear()
        return unwritten

    def _schedule(self, job: Job, seconds: float) -> None:
        with self._changed:
            if job in self._unfinished:
                due = time.monotonic() + seconds
                heapq.heappush(self._due, (due, next(self._numbers), job))
                self._changed.notify()

    def _consume(self) -> None:
        while (job := self._next()) is not None:
            wait = self._run_job(job) if job.condition is None else None
            if wait is None:
                wait = self._end(job)
            if wait is not None:
                self._schedule(job, wait)

    def _next(self) -> Job | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _run_job(self, job: Job) -> float | None:
        """Run a job; return the seconds until the next run, or None after the last one."""
        age = time.time() - job.entry.timestamp
        if age > self.policy.max_age:
            job.condition = EXPIRED
            return None
        try:
            job.result = self._run(job)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end the thread
            if not isinstance(error, NoFreeInstance):
                note(traceback.format_exc())
            if age > _THROTTLED_FOR:
                job.condition = EXHAUSTED
                return None
            # The handler did not run, so this does not count as a retry.
            job.throttlings += 1
            return min(_FIRST_BACKOFF * 2.0 ** min(job.throttlings - 1, 16), _LONGEST_BACKOFF)
        job.runs += 1
        if not job.result.error_type:
            job.condition = ""
        elif job.runs > self.policy.max_retries:
            job.condition = FAILED
        else:
            return self.policy.retry_delay
        return None

    def _end(self, job: Job) -> float | None:
        """Write a job's record; return the seconds until the next try if that fails."""
        # Under the lock, so that `stop` does not run between the file and the list.
        with self._changed:
            if job not in self._unfinished:
                return None
            if not self._write(job):
                return _WRITE_RETRY_DELAY
            del self._unfinished[job]
        self._finish(job)
        return None

    def _write(self, job: Job) -> bool:
        target = self._on_failure if job.condition else self._on_success
        if target is None:
            return True
        try:
            target.add(self._record(job))
        except OSError as error:
            # Once for each file, not for each of thousands of jobs every second.
            if target.path not in self._unwritable:
                self._unwritable.add(target.path)
                note(
                    f"Cannot record the result of {job.entry.request_id}: {target.path}: "
                    f"{error.strerror}. The server tries again every second."
                )
            return False
        self._unwritable.discard(target.path)
        return True

    def _record(self, job: Job) -> dict[str, Any]:
        return destination.record(
            request_id=job.entry.request_id,
            arn=self._arn,
            event=job.event,
            result=job.result,
            condition=job.condition or "",
            invocations=job.runs,
            now=time.time(),
        )
