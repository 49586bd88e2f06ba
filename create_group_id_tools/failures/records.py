"""Read a file of failure records, and keep track of those that were redriven.

`FILE.redriven` contains the SHA-256 of each record that succeeded since, and `FILE.failing` the
records that failed at the last try. FILE itself is never changed: a server may be appending to it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.failures.private_file import check_regular, open_private, write_durably

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

# An event has one of these. A record of a failure destination has none.
_EVENT_MARKS = ("specversion", "messageBody", "tenantId")


@dataclass(frozen=True)
class Record:
    """One failed invocation: its line, its function's name and the event.

    A dead letter is the event itself. Its function is the empty string.
    """

    line: bytes
    function: str
    event: bytes

    @property
    def key(self) -> str:
        """The SHA-256 of the line."""
        return hashlib.sha256(self.line).hexdigest()


class RecordFile:
    """The three files, for one process at a time.

    Raise OSError; raise ValueError, with a text of one line, if another process redrives the file,
    or if none of its lines is a record.
    """

    def __init__(self, path: Path) -> None:
        check_regular(path)
        self.records, self.skipped = _read(path.read_bytes())
        self.failing = path.with_name(f"{path.name}.failing")
        self._done = path.with_name(f"{path.name}.redriven").open("a+b")
        try:
            fcntl.flock(self._done, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._done.close()
            if not isinstance(error, BlockingIOError):
                raise
            raise ValueError(
                "another redrive of this file is running; wait until it ends"
            ) from None

    def __enter__(self) -> Self:
        """Keep the lock until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._done.close()

    def pending(self) -> list[Record]:
        """Return the records that have not succeeded yet, each once."""
        self._done.seek(0)
        done = set(self._done.read().decode(errors="replace").split())
        return list({item.key: item for item in self.records if item.key not in done}.values())

    def succeeded(self, records: Iterable[Record]) -> None:
        """Record successes, and return when they are on disk."""
        self._done.write("".join(f"{record.key}\n" for record in records).encode())
        self._done.flush()
        os.fsync(self._done.fileno())

    def write_failing(self, records: Iterable[Record]) -> None:
        """Write the records that still fail."""
        draft = self.failing.with_name(f"{self.failing.name}.new")
        with open_private(draft, "w") as file:
            write_durably(file, b"".join(record.line + b"\n" for record in records))
        draft.replace(self.failing)


def _read(content: bytes) -> tuple[list[Record], list[int]]:
    """Return the records, and the numbers of the lines that are not records."""
    lines = [line for line in enumerate(content.split(b"\n"), 1) if line[1].strip()]
    parsed = [(number, parse(line)) for number, line in lines]
    records = [record for _, record in parsed if record]
    skipped = [number for number, record in parsed if not record]
    if skipped and not records:
        raise ValueError(
            f"line {skipped[0]}: not a failure record, and no other line is one; put each record, "
            "as JSON, on a line of its own"
        )
    return records, skipped


def parse(line: bytes) -> Record | None:
    """Return the record in a line or a message, or None.

    The format of EventBridge's dead letters is not documented. This accepts the event, and the
    array of events, that the function would have got.
    """
    try:
        value: Any = json_text.read(line)
        if _is_event(value) or (isinstance(value, list) and value and all(map(_is_event, value))):
            return Record(line, "", line)
        arn, payload = value["requestContext"]["functionArn"], value["requestPayload"]
        return Record(line, _function(arn), payload.encode(errors="surrogateescape"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_event(value: object) -> bool:
    return isinstance(value, dict) and any(mark in value for mark in _EVENT_MARKS)


def _function(arn: str) -> str:
    """Return the name in acs:fc:region:account:functions/name, without a qualifier."""
    _, mark, name = arn.rpartition("functions/")
    if not mark or not name:
        raise ValueError(arn)
    return name.partition("/")[0]
