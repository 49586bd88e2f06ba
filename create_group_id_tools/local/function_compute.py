"""Function Compute itself: it invokes functions by name, and keeps a history."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from create_group_id_tools.local import fc_errors
from create_group_id_tools.local.accepted import AcceptedEvent
from create_group_id_tools.local.async_queue import AsyncQueue, Job
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.local.http_server import MAX_BODY
from create_group_id_tools.local.pool import NoFreeInstance, Pool
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from create_group_id_tools.failures.destination import Destination
    from create_group_id_tools.local.accepted import AcceptedFolder
    from create_group_id_tools.local.history import History
    from create_group_id_tools.local.instance import Outcome
    from create_group_id_tools.runtime.result import Result
    from create_group_id_tools.template.deployment import Policy

MAX_SYNC, MAX_ASYNC = MAX_BODY, 128 << 10


class FunctionCompute:
    """The functions, with their instances and their queues."""

    def __init__(
        self,
        functions: Iterable[tuple[Pool, Policy]],
        history: History,
        *,
        on_failure: Destination,
        on_success: Destination | None = None,
        accepted: AcceptedFolder,
        log: Callable[[str], None],
    ) -> None:
        """`log` gets the output of each invocation; it must not raise."""
        self.history, self._accepted, self._log = history, accepted, log
        self._pools: dict[str, Pool] = {}
        self._queues: dict[str, AsyncQueue] = {}
        for pool, policy in functions:
            function = pool.spec.function
            self._pools[function.name] = pool
            self._queues[function.name] = AsyncQueue(
                self._run,
                self._finish,
                policy,
                arn=function.arn,
                on_success=on_success,
                on_failure=on_failure,
                consumers=pool.size,
            )

    @property
    def names(self) -> list[str]:
        """The functions' names."""
        return list(self._pools)

    def call(
        self, name: str, event: bytes, request_id: str, trigger: str, qualifier: str = "LATEST"
    ) -> Outcome:
        """Invoke a function, and return the outcome; raise `FcError`."""
        pool = self._admit(name, event, MAX_SYNC)
        entry = self.history.open(request_id, name, trigger, event)
        self.history.set_state(entry, "running")
        try:
            outcome = pool.invoke(event, request_id, qualifier)
        except NoFreeInstance:
            self.history.set_state(entry, "throttled")
            raise fc_errors.exhausted() from None
        self.history.add_run(entry, outcome, "failed" if outcome.result.error_type else "succeeded")
        self._log(outcome.log)
        return outcome

    def enqueue(
        self, name: str, event: bytes, request_id: str, trigger: str, qualifier: str = "LATEST"
    ) -> None:
        """Accept an asynchronous invocation when it is on disk; raise `FcError`."""
        self._admit(name, event, MAX_ASYNC)
        item = AcceptedEvent(request_id, name, trigger, qualifier, time.time(), event)
        try:
            self._accepted.add(item)
        except OSError as error:
            note(f"Event for {name} not accepted: cannot write it to disk: {error.strerror}.")
            raise fc_errors.internal("the server cannot write the event to its disk") from None
        self._put(item)

    def take_up(self, left: Iterable[AcceptedEvent]) -> None:
        """Queue the events that earlier servers accepted."""
        queued = 0
        for item in left:
            if item.function in self._queues:
                self._put(item)
                queued += 1
            else:
                note(
                    f"Event {item.request_id} of an earlier server stays on disk: template.yml has "
                    f"no function {item.function} now."
                )
        if queued:
            note(f"Events of an earlier server, queued again: {queued}.")

    def reset(self) -> None:
        """Drop the queued invocations and the history."""
        for queue in self._queues.values():
            queue.clear()
        self.history.clear()

    def close(self) -> list[dict[str, Any]]:
        """Record queued jobs, and end every instance; return the records that were not written."""
        unwritten = [record for queue in self._queues.values() for record in queue.stop()]
        for pool in self._pools.values():
            pool.close()
        return unwritten

    def _put(self, item: AcceptedEvent) -> None:
        entry = self.history.open(item.request_id, item.function, item.trigger, item.event)
        entry.timestamp = item.timestamp
        self._queues[item.function].put(Job(entry, item.event, item.qualifier))

    def _admit(self, name: str, event: bytes, limit: int) -> Pool:
        if name not in self._pools:
            raise FcError(404, "FunctionNotFound", f"function '{name[:128]}' does not exist")
        if len(event) > limit:
            raise fc_errors.too_large(limit)
        return self._pools[name]

    def _run(self, job: Job) -> Result:
        entry = job.entry
        self.history.set_state(entry, "running")
        try:
            outcome = self._pools[entry.function].invoke(job.event, entry.request_id, job.qualifier)
        except NoFreeInstance:
            self.history.set_state(entry, "throttled")
            raise
        self.history.add_run(entry, outcome, "waiting")
        self._log(outcome.log)
        return outcome.result

    def _finish(self, job: Job) -> None:
        self._accepted.remove(job.entry.request_id)
        self.history.set_state(job.entry, "failed" if job.condition else "succeeded")
