"""JSON from elsewhere, which may be anything."""

from __future__ import annotations

import json
from typing import Any


def read(text: str | bytes) -> Any:
    """Read a text; raises ValueError for any that is not JSON, or is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
