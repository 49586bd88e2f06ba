"""The shipped schemas, and a check that accepts valid payloads without `jsonschema`.

Importing `jsonschema` takes a quarter of a cold start, and only an invalid payload needs it. The
table below has the keywords of our schemas. What it does not accept, such as an unknown keyword,
is left to `violations`. So a change of a schema can make the check slower, but never wrong.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_FOLDER = Path(__file__).parent / "schemas"
_TYPES = {"object": dict, "array": list, "string": str}


def load(name: str) -> dict[str, Any]:
    """Read one of the shipped JSON files."""
    schema: dict[str, Any] = json.loads((_FOLDER / name).read_bytes())
    return schema


def accepts(schema: Any, value: Any) -> bool:
    """Return True if the value is certainly valid; False means that it may be invalid."""
    return isinstance(schema, dict) and all(
        keyword in _KEYWORDS and _KEYWORDS[keyword](rule, value, schema)
        for keyword, rule in schema.items()
    )


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern matches in a text, with `$` only at the very end, as in ECMA 262.

    Python's `$` also matches before a final line feed.
    """
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1] + r"\Z"
    return re.search(pattern, text) is not None


def _type(rule: Any, value: Any, _schema: dict[str, Any]) -> bool:
    return type(rule) is str and type(value) is _TYPES.get(rule)


def _required(rule: Any, value: Any, _schema: dict[str, Any]) -> bool:
    return type(value) is dict and all(name in value for name in rule)


def _properties(rule: Any, value: Any, _schema: dict[str, Any]) -> bool:
    return type(value) is dict and all(
        accepts(rule[name], inner) for name, inner in value.items() if name in rule
    )


def _additional_properties(rule: Any, value: Any, schema: dict[str, Any]) -> bool:
    return (
        rule is False
        and type(value) is dict
        and value.keys() <= schema.get("properties", {}).keys()
    )


def _max_items(rule: Any, value: Any, _schema: dict[str, Any]) -> bool:
    return type(value) is list and len(value) <= rule


def _items(rule: Any, value: Any, schema: dict[str, Any]) -> bool:
    return (
        type(value) is list
        and len(value) <= schema.get("maxItems", 0)
        and all(accepts(rule, inner) for inner in value)
    )


def _not(rule: Any, value: Any, _schema: dict[str, Any]) -> bool:
    return (
        type(value) is str
        and type(rule) is dict
        and rule.keys() == {"type", "pattern"}
        and rule["type"] == "string"
        and not matches(rule["pattern"], value)
    )


_KEYWORDS: dict[str, Callable[[Any, Any, dict[str, Any]], bool]] = {
    "$schema": lambda _rule, _value, _schema: True,
    "$id": lambda _rule, _value, _schema: True,
    "title": lambda _rule, _value, _schema: True,
    "description": lambda _rule, _value, _schema: True,
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional_properties,
    "maxItems": _max_items,
    "items": _items,
    "minLength": lambda rule, value, _schema: type(value) is str and len(value) >= rule,
    "maxLength": lambda rule, value, _schema: type(value) is str and len(value) <= rule,
    "pattern": lambda rule, value, _schema: type(value) is str and matches(rule, value),
    "enum": lambda rule, value, _schema: type(value) is str and value in rule,
    "not": _not,
}
