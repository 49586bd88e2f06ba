"""The memory, descriptors and threads of processes, and whether they grow."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Of /proc/net/tcp. A connection whose client has closed it waits for the server to close it too.
ESTABLISHED, CLOSE_WAIT = "01", "08"


@dataclass(frozen=True)
class Usage:
    """Memory in KiB: resident, and proportional, which counts shared pages once."""

    resident: int
    proportional: int
    descriptors: int
    threads: int


def usage(pid: int) -> Usage:
    """Return the usage of a process. Raise OSError if it has ended."""
    status = _fields(Path(f"/proc/{pid}/status"))
    memory = _fields(Path(f"/proc/{pid}/smaps_rollup"))
    descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Usage(status["VmRSS"], memory["Pss"], descriptors, status["Threads"])


def connections(urls: Iterable[str], state: str = ESTABLISHED) -> int:
    """Return the number of connections to local servers that are in a state."""
    ports = {f"{urlsplit(url).port:04X}" for url in urls}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(field[1].rpartition(":")[2] in ports and field[3] == state for field in fields)


def growth(values: Sequence[float]) -> float:
    """Return how far the median of the last third is above that of the middle third, as a fraction.

    The first third is the warm-up.
    """
    third = len(values) // 3
    middle, last = values[third : len(values) - third], values[len(values) - third :]
    return statistics.median(last) / statistics.median(middle) - 1


def _fields(path: Path) -> dict[str, int]:
    """Return the numeric fields of a file of /proc."""
    pairs = [line.split(":", 1) for line in path.read_text().splitlines() if ":" in line]
    return {
        name: int(value.split()[0])
        for name, value in pairs
        if value.split() and value.split()[0].isdecimal()
    }
