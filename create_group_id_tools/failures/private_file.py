"""Write files of events, which only their owner may read, durably to disk.

After a power loss a file has what was written before an fsync of it, and a folder the names that it
had before an fsync of the folder: https://man7.org/linux/man-pages/man2/fsync.2.html
"""

from __future__ import annotations

import errno
import os
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def check_regular(path: Path) -> None:
    """Raise OSError for a pipe or a device: it keeps nothing, and no file can be beside it."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "a pipe or a device; use a file", str(path))


def open_private(path: Path, mode: str) -> FileIO:
    """Open a file without a buffer; a new one only its owner may read. Raise OSError."""
    check_regular(path)
    return FileIO(path, mode, opener=_opener)


def write_durably(file: FileIO, data: bytes) -> None:
    """Write all data, and return when it is on disk. Raise OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk. Raise OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, unless they exist; return when it is on disk.

    `mode` is for the folder itself. Raise OSError.
    """
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    folder.mkdir(mode, exist_ok=True)
    # Also if it exists: who made it may have been killed before this.
    sync_folder(folder.parent)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
