"""Accepted asynchronous invocations, on the disk until each has come to an end.

They are files in the folder `FILE.accepted` beside the failure file FILE: written before the caller
is answered, removed when the result is recorded. A server that is killed leaves them to the next.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.failures.private_file import open_private, write_durably

if TYPE_CHECKING:
    from pathlib import Path


class AcceptedError(Exception):
    """A folder that cannot be used; the text is one line."""


@dataclass(frozen=True)
class AcceptedEvent:
    """One accepted invocation; `timestamp` in epoch seconds."""

    request_id: str
    function: str
    trigger: str
    qualifier: str
    timestamp: float
    event: bytes


class AcceptedFolder:
    """The folder of one server; raise `AcceptedError` where another server has it."""

    def __init__(self, failure_file: Path) -> None:
        self._folder = failure_file.with_name(f"{failure_file.name}.accepted")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise AcceptedError(f"{self._folder}: {error.strerror}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise AcceptedError(
                f"{failure_file}: another server uses it; end that one, or name another file"
            ) from None

    def add(self, item: AcceptedEvent) -> None:
        """Write one, and return when the disk has it; raise OSError."""
        path = self._path(item.request_id)
        head = {"function": item.function, "trigger": item.trigger, "qualifier": item.qualifier}
        content = json.dumps({**head, "at": item.timestamp, "size": len(item.event)}).encode()
        try:
            with open_private(path, "x") as file:
                write_durably(file, content + b"\n" + item.event)
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise

    def remove(self, request_id: str) -> None:
        """Forget one; where that fails, it will be invoked again."""
        with suppress(OSError):
            self._path(request_id).unlink()

    def left(self) -> list[AcceptedEvent]:
        """Return what a server before this one left, the oldest first; raise `AcceptedError`."""
        try:
            items = [_parse(path) for path in self._folder.iterdir()]
        except OSError as error:
            raise AcceptedError(f"{error.filename}: {error.strerror}") from None
        # What is torn was never answered with 202.
        return sorted((item for item in items if item), key=lambda item: item.timestamp)

    def close(self) -> None:
        """Leave the folder to another server."""
        os.close(self._descriptor)

    def _path(self, request_id: str) -> Path:
        return self._folder / request_id


def _parse(path: Path) -> AcceptedEvent | None:
    head, _, event = path.read_bytes().partition(b"\n")
    try:
        fields = json.loads(head)
        if fields.pop("size") == len(event):
            return AcceptedEvent(path.name, event=event, timestamp=fields.pop("at"), **fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    return None
