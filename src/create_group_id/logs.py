"""Log one JSON line per attempt and one per invocation, through `logging` and FC's handler.

Values that failed validation, upstream text and credentials are never logged. The one exception is
the EventId: it is logged as its publisher wrote it, even if the event was rejected.
"""

from __future__ import annotations

import json
import logging
import traceback
from typing import Any

_LOGGER = logging.getLogger("create_group_id")


def set_level(name: str) -> None:
    """Set the level below which nothing is logged."""
    _LOGGER.setLevel(name)


def write(level: int, event: str, **fields: Any) -> None:
    """Write one line with the fields of an event, omitting those that are None."""
    if _LOGGER.isEnabledFor(level):
        present = {name: value for name, value in fields.items() if value is not None}
        _LOGGER.log(level, json.dumps({"Event": event, **present}, separators=(",", ":")))


def bug(error: Exception) -> None:
    """Log a bug of ours by type and place, without its message, which may contain a value."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    place = f"{frame.f_code.co_filename}:{line}"
    write(logging.ERROR, "bug", Type=type(error).__name__, Place=place)


def milliseconds(started: float, ended: float) -> int:
    """Return the milliseconds between two times, which are in seconds."""
    return round((ended - started) * 1000)
