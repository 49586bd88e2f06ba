"""The root logger as FC sets it up: its own handler alone, level INFO, the request's ID, UTC.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/logging-2
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Formatter(logging.Formatter):
    """FC's line; `request_id` is that of the invocation in hand, of which there is only one."""

    converter = staticmethod(time.gmtime)
    request_id = ""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(fc_request_id)s [%(levelname)s] %(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )

    def format(self, record: logging.LogRecord) -> str:
        """Add the request's ID."""
        record.fc_request_id = self.request_id
        return super().format(record)


@contextmanager
def logging_to(stream: IO[str]) -> Iterator[Formatter]:
    """Take the root logger for the time of the block."""
    root, formatter = logging.getLogger(), Formatter()
    handlers, level = root.handlers[:], root.level
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    try:
        yield formatter
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
