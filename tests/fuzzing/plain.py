"""Runs without coverage: the seeds of a target and mutations of them, for any interpreter."""

from __future__ import annotations

import importlib
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def inputs(target: Any, count: int, seed: int) -> Iterator[bytes]:
    """Yield the seeds of a target, then mutations of inputs before, `count` in all."""
    dice, pool = random.Random(seed), list(target.seeds())
    yield from pool[:count]
    for _ in range(count - len(pool)):
        data = target.mutate(dice.choice(pool), dice)
        if len(data) < 20_000 and dice.random() < 0.2:
            pool[dice.randrange(len(pool))] = data
        yield data


def run(name: str, count: int, folder: Path, seed: int = 0) -> Counter[str]:
    """Run a target; return its counts. An input that is a finding is kept in the folder."""
    target = importlib.import_module(f"tests.fuzzing.targets.{name}")
    counts: Counter[str] = Counter()
    data = b""
    try:
        for data in inputs(target, count, seed):
            counts[target.run(data)] += 1
    except BaseException:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"crash-{seed}-{counts.total()}"
        file.write_bytes(data)
        print(f"{name}: a finding after {counts.total():,} inputs of seed {seed}: {file}")
        raise
    return counts


def minimised(target: Any, data: bytes) -> bytes:
    """Return a part of an input that fails in the same place, or the input if it does not fail."""
    place = _place(target, data)
    length = len(data) // 2
    while place and length:
        for at in range(0, len(data), length):
            smaller = data[:at] + data[at + length :]
            if _place(target, smaller) == place:
                data = smaller
                break
        else:
            length //= 2
    return data


def _place(target: Any, data: bytes) -> tuple[str, int] | None:
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - any failure of the target
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        return (type(error).__name__, frame.tb_lineno) if frame else None
    return None
