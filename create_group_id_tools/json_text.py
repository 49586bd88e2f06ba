"""Read JSON from outside, which may be malformed."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes, *, unique_names: bool = False) -> Any:
    """Read JSON; raise ValueError if it is malformed or nested too deeply.

    With `unique_names`, also if an object has a name twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique if unique_names else None)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("an object has a name twice")
    return values
