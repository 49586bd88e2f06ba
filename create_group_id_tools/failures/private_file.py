"""Files of events: only their owner may read them, and the disk has what was written."""

from __future__ import annotations

import os
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_private(path: Path, mode: str) -> FileIO:
    """Open a file, unbuffered, that only its owner may read where it is made; raise OSError."""
    return FileIO(path, mode, opener=_opener)


def write_durably(file: FileIO, data: bytes) -> None:
    """Write all of it, and return when the disk has it; raise OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
