"""A file of a failure destination's records, and beside it what of it has been redone.

`FILE.redriven` holds the SHA-256 of each record that succeeded since, `FILE.failing` the records
that did not at the last try. The file itself is never changed: a server may be adding to it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.failures.private_file import open_private, write_durably

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Record:
    """One failed invocation: its line, its function's name and the event."""

    line: bytes
    function: str
    event: bytes

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return hashlib.sha256(self.line).hexdigest()


class RecordFile:
    """The three files; raises ValueError, in one line, for what is no record, and OSError."""

    def __init__(self, path: Path) -> None:
        self.failing = path.with_name(f"{path.name}.failing")
        self._redriven = path.with_name(f"{path.name}.redriven")
        self.records = [
            _numbered(line, number)
            for number, line in enumerate(path.read_bytes().splitlines(), 1)
            if line.strip()
        ]

    def pending(self) -> list[Record]:
        """Give the records that have not succeeded yet, each once."""
        done = set(self._redriven.read_text().split()) if self._redriven.exists() else set()
        return list({item.key: item for item in self.records if item.key not in done}.values())

    def succeeded(self, record: Record) -> None:
        """Note a success, and return when the disk has it."""
        with self._redriven.open("a") as file:
            file.write(f"{record.key}\n")
            file.flush()
            os.fsync(file.fileno())

    def write_failing(self, records: Iterable[Record]) -> None:
        """Write down what still fails."""
        draft = self.failing.with_name(f"{self.failing.name}.new")
        with open_private(draft, "w") as file:
            write_durably(file, b"".join(record.line + b"\n" for record in records))
        draft.replace(self.failing)


def _numbered(line: bytes, number: int) -> Record:
    try:
        return parse(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None


def parse(line: bytes) -> Record:
    """Read one record; ValueError says that it is none."""
    try:
        value: Any = json_text.read(line)
        arn, payload = value["requestContext"]["functionArn"], value["requestPayload"]
        return Record(line, _function(arn), payload.encode(errors="surrogateescape"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("no record of a failure destination") from None


def _function(arn: str) -> str:
    """Take the name from acs:fc:region:account:functions/name, a qualifier left out."""
    _, mark, name = arn.rpartition("functions/")
    if not mark or not name:
        raise ValueError(arn)
    return name.partition("/")[0]
