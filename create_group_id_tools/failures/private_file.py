"""Write files of events, which only their owner may read, durably to disk."""

from __future__ import annotations

import os
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_private(path: Path, mode: str) -> FileIO:
    """Open a file without a buffer; a new one only its owner may read. Raise OSError."""
    return FileIO(path, mode, opener=_opener)


def write_durably(file: FileIO, data: bytes) -> None:
    """Write all data, and return when it is on disk. Raise OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
