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
