"""Redrive records, with as many batches in flight as the function has instances."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

from create_group_id_tools.failures import batches
from create_group_id_tools.failures.batches import Batch, Verdict
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from create_group_id_tools.failures.records import Record
    from create_group_id_tools.remote.invoke_response import InvokeResponse

# FC's statuses while no instance is free. The waits double, and last about five minutes in all.
_BUSY = (429, 503)
_WAITS = (0.5, 1, 2, 4, 8, *[16] * 18)
# FC's statuses that concern only this batch: they must not stop the others.
_BAD_EVENT, _NO_FUNCTION = 400, 404

STOPPED = "stopped; run the same command again to continue"


class Redriver:
    """Invoke a function with the events of records, and count the outcomes.

    At most `instances` invocations are in flight, with at most `batch_size` events each. They start
    `interval` seconds apart. `succeeded` is called with records as they succeed.
    """

    def __init__(
        self,
        invoke: Callable[[Batch], InvokeResponse],
        succeeded: Callable[[Iterable[Record]], None],
        *,
        instances: int,
        batch_size: int,
        interval: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._invoke, self._succeeded, self._sleep = invoke, succeeded, sleep
        self._instances, self._batch_size, self._interval = instances, batch_size, interval
        self._tasks: Queue[Batch | None] = Queue()
        self._results: Queue[tuple[Batch, InvokeResponse | BaseException]] = Queue()
        self._pending: deque[Record] = deque()
        self._again: list[Batch] = []
        self._in_flight, self._problem = 0, ""
        self.outcomes: Counter[str] = Counter()
        self.succeeded = 0
        self.failing: list[Record] = []

    def run(self, records: Iterable[Record], progress: Callable[[int], Any]) -> str:
        """Invoke until the outcome of every record is known; return the reason if it stops early.

        After Ctrl-C it waits for the batches in flight, until the next Ctrl-C. `progress` is called
        with the number of records whose outcome became known.
        """
        self._pending.extend(sorted(records, key=lambda record: record.function))
        for _ in range(self._instances):
            Thread(target=self._work, daemon=True).start()
        try:
            while self._in_flight or (self._is_work_left and not self._problem):
                self._step(progress)
        finally:
            for _ in range(self._instances):
                self._tasks.put(None)
        return self._problem

    @property
    def _is_work_left(self) -> bool:
        return bool(self._pending or self._again)

    def _step(self, progress: Callable[[int], Any]) -> None:
        """Keep all instances busy, and wait for the next result."""
        try:
            while self._in_flight < self._instances and self._is_work_left and not self._problem:
                self._tasks.put(self._next())
                self._in_flight += 1
                self._sleep(self._interval)
            batch, result = self._results.get()
            self._in_flight -= 1
            verdict = _verdict(batch, result)
            self._account(verdict)
            progress(len(verdict.succeeded) + len(verdict.failing))
        except KeyboardInterrupt:
            if self._problem:
                self._in_flight = 0
            else:
                note(f"Waiting for invocations: {self._in_flight}. Press Ctrl-C again to stop now.")
                self._problem = STOPPED
        except InvokeError as error:
            self._problem = self._problem or error.message

    def _next(self) -> Batch:
        if self._again:
            return self._again.pop()
        # Smaller batches towards the end, so that all instances finish at the same time.
        share = -(-len(self._pending) // self._instances)
        return batches.take(self._pending, min(self._batch_size, share))

    def _account(self, verdict: Verdict) -> None:
        self.outcomes.update(verdict.outcomes)
        self._again += verdict.again
        self.failing += verdict.failing
        self.succeeded += len(verdict.succeeded)
        if verdict.succeeded:
            self._succeeded(verdict.succeeded)

    def _work(self) -> None:
        while (batch := self._tasks.get()) is not None:
            self._results.put((batch, self._result(batch)))

    def _result(self, batch: Batch) -> InvokeResponse | BaseException:
        try:
            return self._invoke_with_retries(batch)
        except BaseException as error:  # noqa: BLE001 - `run` raises it in the main thread
            return error

    def _invoke_with_retries(self, batch: Batch) -> InvokeResponse:
        for wait in _WAITS:
            try:
                return self._invoke(batch)
            except InvokeError as error:
                if error.status not in _BUSY or self._problem:
                    raise
            self._sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - no cryptography
        return self._invoke(batch)


def _verdict(batch: Batch, result: InvokeResponse | BaseException) -> Verdict:
    if not isinstance(result, BaseException):
        return batches.verdict_of(batch, result)
    if isinstance(result, InvokeError):
        if result.status == _BAD_EVENT and len(batch.records) > 1:
            return batches.unknown(batch)
        if result.status in (_BAD_EVENT, _NO_FUNCTION):
            outcomes = [result.message] * len(batch.records)
            return Verdict(failing=[*batch.records], outcomes=outcomes)
    raise result
