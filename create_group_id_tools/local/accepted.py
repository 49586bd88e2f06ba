"""Asynchronous invocations that were accepted and have not ended, kept on disk.

Each is a file in the folder `FILE.accepted` beside the failure file FILE. It is written before the
caller gets a response, and removed when the result is recorded. After a server was killed, the
next one takes them up.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.failures.private_file import (
    make_folder,
    open_private,
    sync_folder,
    write_durably,
)
from create_group_id_tools.terminal import note

if TYPE_CHECKING:
    from pathlib import Path


class AcceptedError(Exception):
    """The folder cannot be used. The text is one line."""


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
    """The folder of one server. Raise `AcceptedError` if another server uses it."""

    def __init__(self, failure_file: Path) -> None:
        self._closed = False
        self._folder = failure_file.with_name(f"{failure_file.name}.accepted")
        try:
            make_folder(self._folder, 0o700)
            self._descriptor = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise AcceptedError(f"{self._folder}: {error.strerror}") from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            problem = "another server uses this file; stop that server, or choose another file"
            raise AcceptedError(f"{failure_file}: {problem}") from None

    def add(self, item: AcceptedEvent) -> None:
        """Write an event, and return when it is on disk. Raise OSError, also after `close`."""
        path = self._path(item.request_id)
        head = {"function": item.function, "trigger": item.trigger, "qualifier": item.qualifier}
        content = json.dumps({**head, "at": item.timestamp, "sha256": _digest(item.event)}).encode()
        try:
            with open_private(path, "x") as file:
                write_durably(file, content + b"\n" + item.event)
            sync_folder(self._folder)
            self._check_open()
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise

    def remove(self, request_id: str) -> None:
        """Delete an event. If that fails, a later server invokes it again."""
        with suppress(OSError):
            self._path(request_id).unlink()

    def left(self) -> list[AcceptedEvent]:
        """Return the events of earlier servers, the oldest first. Raise `AcceptedError`."""
        try:
            items = {path: _parse(path) for path in self._folder.iterdir()}
        except OSError as error:
            raise AcceptedError(f"{error.filename}: {error.strerror}") from None
        for path in (path for path, item in items.items() if item is None):
            note(f"{path} is damaged, and not used. Its sender got no response; you can delete it.")
        return sorted(filter(None, items.values()), key=lambda item: item.timestamp)

    def close(self) -> None:
        """Release the folder to another server."""
        self._closed = True
        os.close(self._descriptor)

    def _check_open(self) -> None:
        # A later server reads the folder once, so it may miss what is written after `close`.
        if self._closed:
            raise OSError(errno.ESHUTDOWN, "the server is stopping")

    def _path(self, request_id: str) -> Path:
        return self._folder / request_id


def _parse(path: Path) -> AcceptedEvent | None:
    head, _, event = path.read_bytes().partition(b"\n")
    try:
        fields = json.loads(head)
        # After a power loss a file may have its size, but not its bytes.
        if fields.pop("sha256") == _digest(event):
            return AcceptedEvent(path.name, event=event, timestamp=fields.pop("at"), **fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    return None


def _digest(event: bytes) -> str:
    return hashlib.sha256(event).hexdigest()
