"""The last invocations, for the page. They contain no secret."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from create_group_id_tools.local.instance import Outcome

_KEPT = 50
_SHOWN = 16 * 1024


@dataclass(frozen=True)
class HandlerRun:
    """One run of the handler, which began at `timestamp` in epoch seconds."""

    timestamp: float
    seconds: float
    error_type: str | None
    response: str
    log: str


@dataclass
class HistoryEntry:
    """One request to FC, with its runs.

    `state` is queued, running, waiting, throttled, succeeded or failed.
    """

    request_id: str
    function: str
    trigger: str
    event: str
    timestamp: float
    state: str = "queued"
    runs: list[HandlerRun] = field(default_factory=list)


class History:
    """The last 50 invocations, the newest first. `revision` grows with every change."""

    def __init__(self) -> None:
        self.revision = 0
        self._lock = threading.Lock()
        self._invocations: deque[HistoryEntry] = deque(maxlen=_KEPT)

    def open(self, request_id: str, function: str, trigger: str, event: bytes) -> HistoryEntry:
        """Add a request."""
        entry = HistoryEntry(request_id, function, trigger, _text(event), time.time())
        with self._lock:
            self._invocations.appendleft(entry)
            self.revision += 1
        return entry

    def add_run(self, entry: HistoryEntry, outcome: Outcome, state: str) -> None:
        """Add a run of the handler to a request, and set its state."""
        run = HandlerRun(
            timestamp=time.time() - outcome.seconds,
            seconds=outcome.seconds,
            error_type=outcome.result.error_type,
            response=_text(outcome.result.body),
            log=outcome.log[-_SHOWN:],
        )
        with self._lock:
            entry.runs.append(run)
            entry.state = state
            self.revision += 1

    def set_state(self, entry: HistoryEntry, state: str) -> None:
        """Set the state of a request."""
        with self._lock:
            entry.state = state
            self.revision += 1

    def clear(self) -> None:
        """Delete all entries."""
        with self._lock:
            self._invocations.clear()
            self.revision += 1

    def snapshot(self) -> list[dict[str, Any]]:
        """Return all entries as JSON values."""
        with self._lock:
            return [asdict(entry) for entry in self._invocations]


def _text(data: bytes) -> str:
    return data[:_SHOWN].decode(errors="replace")
