"""The parts of operations that were not synced which a power loss can remove."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALL_SUBSETS = 5
_RANDOM_SUBSETS = 16


def subsets(size: int) -> Iterator[tuple[int, ...]]:
    """Yield which of `size` operations are lost: all subsets of a few, a sample of many."""
    everything = tuple(range(size))
    if size <= _ALL_SUBSETS:
        for count in range(size + 1):
            yield from itertools.combinations(everything, count)
        return
    yield everything
    for index in everything:
        yield everything[index + 1 :]  # as a journal that keeps the order
        yield (index,)
        yield tuple(other for other in everything if other != index)
    dice = random.Random(size)
    for _ in range(_RANDOM_SUBSETS):
        yield tuple(index for index in everything if dice.random() < 0.5)


def torn(data: bytes) -> Iterator[bytes]:
    """Yield what can remain of a write: its beginning, or its size with zeros."""
    size = len(data)
    for cut in sorted({1, size // 2, size - 1} - {0, size}):
        yield data[:cut]
        yield data[:cut] + bytes(size - cut)
    yield bytes(size)
