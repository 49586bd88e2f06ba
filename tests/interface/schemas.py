"""The parts of a document as validators, by their JSON Pointers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[2]


def document(name: str) -> dict[str, Any]:
    """Read a committed document."""
    value: dict[str, Any] = json.loads((ROOT / "docs" / name).read_text(encoding="utf-8"))
    return value


def validator(document: dict[str, Any], *path: str) -> Draft202012Validator:
    """Return the validator of the schema at a path of the document."""
    resource = DRAFT202012.create_resource(document)
    registry: Registry[Any] = Registry().with_resource("urn:document", resource)
    pointer = "".join(f"/{part.replace('/', '~1')}" for part in path)
    return Draft202012Validator({"$ref": f"urn:document#{pointer}"}, registry=registry)
