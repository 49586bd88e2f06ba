"""A queue of Simple Message Queue (SMQ, formerly MNS) that keeps its messages on disk."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from create_group_id_tools.local.accepted import AcceptedEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from create_group_id_tools.local.accepted import AcceptedFolder

TRIGGER = "SMQ"


class MessageQueue:
    """One queue. A message is an `AcceptedEvent` that becomes visible at its `timestamp`.

    A consumer takes messages, and deletes them when they are delivered. `left` are the messages of
    earlier servers.
    """

    def __init__(
        self,
        name: str,
        disk: AcceptedFolder,
        left: Iterable[AcceptedEvent] = (),
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`disk` keeps the messages. `clock` returns epoch seconds."""
        self.name, self._disk, self._clock = name, disk, clock
        self._changed = threading.Condition()
        self._visible: deque[AcceptedEvent] = deque()
        self._delayed = [(item.timestamp, item.request_id, item) for item in left]
        heapq.heapify(self._delayed)
        self._closed = False

    def put(self, message_id: str, body: bytes, delay: float = 0.0) -> None:
        """Add a message, and return when it is on disk. Raise OSError."""
        item = AcceptedEvent(message_id, self.name, TRIGGER, "", self._clock() + delay, body)
        self._disk.add(item)
        with self._changed:
            heapq.heappush(self._delayed, (item.timestamp, item.request_id, item))
            self._changed.notify_all()

    def take(self, count: int, window: float) -> list[AcceptedEvent]:
        """Wait for `count` messages, or `window` seconds after the first; return up to `count`.

        The batch is empty if the queue was closed.
        """
        with self._changed:
            while not self._closed:
                wait = self.wait(count, window)
                if wait == 0:
                    size = min(count, len(self._visible))
                    return [self._visible.popleft() for _ in range(size)]
                self._changed.wait(wait)
        return []

    def wait(self, count: int, window: float) -> float | None:
        """Return the seconds until there may be a batch, or None without a message."""
        now = self._clock()
        while self._delayed and self._delayed[0][0] <= now:
            self._visible.append(heapq.heappop(self._delayed)[2])
        if len(self._visible) >= count:
            return 0
        if self._visible:
            return max(0.0, self._visible[0].timestamp + window - now)
        return self._delayed[0][0] - now if self._delayed else None

    def delete(self, messages: Iterable[AcceptedEvent]) -> None:
        """Delete messages that were taken."""
        for message in messages:
            self._disk.remove(message.request_id)

    def clear(self) -> None:
        """Delete the messages that were not taken yet."""
        with self._changed:
            self.delete([*self._visible, *(item for _, _, item in self._delayed)])
            self._visible.clear()
            self._delayed.clear()

    def close(self) -> None:
        """Stop returning messages. They stay on disk."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
