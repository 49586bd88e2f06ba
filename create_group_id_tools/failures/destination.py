"""Write results of asynchronous invocations to a file: one JSON record per line, as FC's.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from create_group_id_tools.failures.private_file import open_private, sync_folder, write_durably

if TYPE_CHECKING:
    from pathlib import Path

    from create_group_id_tools.runtime.result import Result


class Destination:
    """A file to which whole records are appended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, record: object) -> None:
        """Append a record, any JSON value, and return when it is on disk. Raise OSError."""
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with self._lock, open_private(self.path, "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The file may be new.
            sync_folder(self.path.parent)
            end = file.seek(0, os.SEEK_END)
            # A process that was killed may have written half a line.
            if end and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n":
                line = b"\n" + line
            try:
                write_durably(file, line)
            except OSError:
                with suppress(OSError):
                    file.truncate(end)
                raise


def record(
    *,
    request_id: str,
    arn: str,
    event: bytes,
    result: Result | None,
    condition: str,
    invocations: int,
    now: float,
) -> dict[str, Any]:
    """Return the record of a result. `condition` is empty for a success; `now` is in epoch seconds.

    Bytes that are not UTF-8 become lone surrogates, which `redrive` turns back into the bytes.
    """
    return {
        "timestamp": int(now * 1000),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "requestPayload": event.decode(errors="surrogateescape"),
        "responseContext": {"statusCode": 200, "functionError": condition},
        "responsePayload": result.body.decode(errors="surrogateescape") if result else "",
    }
