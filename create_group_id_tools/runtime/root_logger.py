"""Set up the root logger as FC does: one handler, level INFO, the request ID, UTC.

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
    """Format a line as FC does. `request_id` is that of the current invocation."""

    converter = staticmethod(time.gmtime)
    request_id = ""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s.%(msecs)03dZ %(fc_request_id)s [%(levelname)s] %(message)s",
            "%Y-%m-%dT%H:%M:%S",
        )

    def format(self, record: logging.LogRecord) -> str:
        """Add the request ID."""
        record.fc_request_id = self.request_id
        return super().format(record)


@contextmanager
def logging_to(stream: IO[str]) -> Iterator[Formatter]:
    """Replace the handlers of the root logger during the block."""
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
