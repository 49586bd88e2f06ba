"""The two libraries imported, and nothing done with them: what they cost by themselves."""

from typing import Any

import jsonschema  # noqa: F401 - the import is all that is measured
import requests  # noqa: F401 - likewise


def initialize(_context: Any) -> None:
    """Do nothing, as an initializer."""


def handler(_event: bytes, _context: Any) -> dict[str, Any]:
    """Answer without any work."""
    return {"statusCode": 200, "body": "{}"}
