"""Measure how CPU time grows with the size of an event, and memory with the number of calls."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks import events, instance, upstream

if TYPE_CHECKING:
    from pathlib import Path

BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
BODIES = (100, 1024, 4096, 8192, 16384, 32768, 49152, events.MAX_BODY)
BATCH_ROUNDS, BODY_ROUNDS = 5, 40


def batches(python: str, tree: Path) -> dict[int, float]:
    """Return the CPU seconds of a batch by its number of events, all for new tenants."""
    sent = [
        events.batch(f"round-{number}-of-{size}-{index}" for index in range(size))
        for number in range(BATCH_ROUNDS)
        for size in BATCHES
    ]
    return _medians(python, tree, sent, BATCHES)


def bodies(python: str, tree: Path) -> dict[int, float]:
    """Return the CPU seconds of a call by the bytes of its body."""
    sent = [
        events.signup(f"round-{number}-of-{size}", size)
        for number in range(BODY_ROUNDS)
        for size in BODIES
    ]
    return _medians(python, tree, sent, BODIES)


def memory(python: str, tree: Path, calls: int, points: int = 50) -> dict[int, int]:
    """Return the KiB of an instance by the number of its calls."""
    every = calls // points
    sent = (events.request(number) for number in range(calls + 1))
    with upstream.running() as url:
        resident = instance.run(python, tree, url, sent).resident
    return {number: resident[number - 1] for number in range(every, calls + 1, every)}


def _medians(
    python: str, tree: Path, sent: list[bytes], sizes: tuple[int, ...]
) -> dict[int, float]:
    with upstream.running() as url:
        calls = instance.run(python, tree, url, [events.request(0), *sent]).calls
    return {size: median(calls[at :: len(sizes)]) for at, size in enumerate(sizes)}
