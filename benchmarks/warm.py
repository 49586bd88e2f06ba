"""Measure warm calls: the CPU seconds of a call in an instance that has a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import events, instance, upstream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CALLS, FIRST = 500, 20


@dataclass(frozen=True)
class Warm:
    """The mean of an instance's calls, with garbage collection."""

    cpu: float


def measure(python: str, trees: Mapping[str, Path], rounds: int) -> dict[str, list[Warm]]:
    """Return each subject's mean call, round by round, each from another instance.

    The first calls do not count: they fill the caches.
    """
    means: dict[str, list[Warm]] = {name: [] for name in trees}
    sent = [events.request(number) for number in range(FIRST + CALLS)]
    with upstream.running() as url:
        for _ in range(rounds):
            for name, tree in trees.items():
                upstream.reset(url)
                calls = instance.run(python, tree, url, sent).calls[FIRST - 1 :]
                means[name].append(Warm(sum(calls) / len(calls)))
    return means
