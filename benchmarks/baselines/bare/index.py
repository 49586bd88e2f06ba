"""Only the imports of the two libraries, to measure their cost."""

from typing import Any

import jsonschema  # noqa: F401 - only the import is measured
import requests  # noqa: F401 - likewise


def initialize(_context: Any) -> None:
    """Do nothing, as an initializer."""


def handler(_event: bytes, _context: Any) -> dict[str, Any]:
    """Return a constant response."""
    return {"statusCode": 200, "body": "{}"}
