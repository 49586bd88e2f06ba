"""Read JSON from outside, which may be malformed."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """Read JSON; raise ValueError if it is malformed or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_written(text: str) -> Any:
    """Read JSON that a person wrote; raise ValueError also for a name that an object has twice."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("an object has a name twice")
    return values
