"""An event stream of EventBridge: it invokes a function with batches of a queue's messages.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/advanced-features
"""

from __future__ import annotations

import json
import random
import threading
import time
import traceback
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.local.message_queue import TRIGGER
from create_group_id_tools.project import ACCOUNT_ID, REGION_ID
from create_group_id_tools.runtime.context import new_request_id
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from create_group_id_tools.failures.destination import Destination
    from create_group_id_tools.local.accepted import AcceptedEvent
    from create_group_id_tools.local.function_compute import FunctionCompute
    from create_group_id_tools.local.message_queue import MessageQueue
    from create_group_id_tools.template.stream_trigger import StreamTrigger

_WRITE_RETRY_DELAY = 1.0


class EventStream:
    """Read a queue in one thread for each task of the trigger, and invoke the function.

    A batch that fails is retried by the trigger's policy, and then written to `dead_letters`.
    `sleep` takes seconds, and returns whether the stream was stopped meanwhile.
    """

    def __init__(
        self,
        trigger: StreamTrigger,
        queue: MessageQueue,
        function: str,
        fc: FunctionCompute,
        dead_letters: Destination,
        *,
        sleep: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._trigger, self.queue, self._function = trigger, queue, function
        self._fc, self._dead_letters = fc, dead_letters
        self._stopped = threading.Event()
        self._sleep, self._jitter, self._clock = sleep or self._stopped.wait, jitter, clock

    def start(self) -> None:
        """Start to read the queue."""
        for _ in range(self._trigger.tasks):
            threading.Thread(target=self._read, daemon=True).start()

    def stop(self) -> None:
        """Stop delivering. Messages that were not delivered stay on disk."""
        self._stopped.set()
        self.queue.close()

    def _read(self) -> None:
        while batch := self.queue.take(self._trigger.batch_size, self._trigger.window):
            try:
                self.deliver(batch)
            except Exception:  # noqa: BLE001, PERF203 - a bug of ours must not end the thread
                note(traceback.format_exc())

    def deliver(self, batch: Sequence[AcceptedEvent]) -> None:
        """Deliver a batch, or write it to the dead letters; then delete its messages."""
        events = [self._event(message) for message in batch]
        if not (self._succeeds(json.dumps(events).encode()) or self._write_dead_letter(events)):
            return
        self.queue.delete(batch)

    def _succeeds(self, payload: bytes) -> bool:
        """Invoke until the function succeeds; return whether it did."""
        for wait in self._trigger.waits(self._jitter):
            succeeded, final = self._invoke(payload)
            if succeeded or final or self._sleep(wait):
                return succeeded
        return self._invoke(payload)[0]

    def _invoke(self, payload: bytes) -> tuple[bool, bool]:
        """Return whether the function succeeded, and whether the failure is final."""
        try:
            outcome = self._fc.call(self._function, payload, new_request_id(), TRIGGER)
        except FcError as error:
            # EventBridge retries only these, and errors of the function.
            return False, not (error.status == 429 or error.status >= 500)
        return outcome.result.error_type is None, False

    def _write_dead_letter(self, events: list[dict[str, Any]]) -> bool:
        """Write a batch to the dead letters; return False if the stream was stopped before.

        The format of a dead letter is not documented. Here it is the array that the function got,
        which `redrive` reads.
        """
        problem = None
        while not self._stopped.is_set():
            previous, problem = problem, self._write(events)
            if problem is None:
                return True
            if previous is None:
                note(
                    f"Cannot write a dead letter: {self._dead_letters.path}: {problem}. "
                    "The server tries again every second."
                )
            self._sleep(_WRITE_RETRY_DELAY)
        return False

    def _write(self, events: list[dict[str, Any]]) -> str | None:
        """Write a dead letter; return the reason if that fails."""
        try:
            self._dead_letters.add(events)
        except OSError as error:
            return error.strerror
        return None

    def _event(self, message: AcceptedEvent) -> dict[str, Any]:
        """Return the CloudEvent that the function gets for a message."""
        source = f"MNS-Function-{self._trigger.name}"
        return {
            "id": str(uuid.UUID(message.request_id)),
            "source": source,
            "specversion": "1.0",
            "type": "mns:Queue:SendMessage",
            "datacontenttype": "application/json; charset=utf-8",
            "subject": f"acs:mns:{REGION_ID}:{ACCOUNT_ID}:queues/{self.queue.name}",
            "time": _timestamp(message.timestamp),
            "aliyunaccountid": ACCOUNT_ID,
            "aliyunpublishtime": _timestamp(self._clock()),
            "aliyunoriginalaccountid": ACCOUNT_ID,
            "aliyuneventbusname": source,
            "aliyunregionid": REGION_ID,
            "aliyunpublishaddr": "127.0.0.1",
            "data": {
                "requestId": message.request_id,
                "messageId": message.request_id,
                "messageBody": message.event.decode(),
            },
        }


def _timestamp(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
