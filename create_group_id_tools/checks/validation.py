"""Validate against a JSON Schema. An error names its place, but not the value, often a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError

_NAMES = {"object": "a map", "array": "a list", "integer": "an integer"}
_REASONS: dict[str, str] = {
    "const": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must not be empty",
    "pattern": "must match {}",
}


def problems(
    where: str,
    instance: object,
    schema: dict[str, Any],
    *,
    ignored: Callable[[ValidationError], bool] | None = None,
) -> Iterator[str]:
    """Yield a line for each error, except those for which `ignored` returns true."""
    for error in Draft7Validator(schema).iter_errors(instance):
        if ignored is None or not ignored(error):
            yield f"{_place(where, error)}: {_reason(error)}"


def _place(where: str, error: ValidationError) -> str:
    parts = (f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    return f"{where}{''.join(parts)}".removeprefix(".") or "the document"


def _reason(error: ValidationError) -> str:
    instance: Any = error.instance
    expected: Any = error.validator_value
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        unknown = sorted(set(instance) - set(schema["properties"]))
        return f"unknown property {', '.join(unknown)}"
    if error.validator == "required":
        missing = [name for name in expected if name not in instance]
        return f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    return _expectation(str(error.validator), expected)


def _expectation(keyword: str, expected: Any) -> str:
    if keyword == "type":
        kinds = [expected] if isinstance(expected, str) else expected
        return f"must be {' or '.join(_NAMES.get(kind, f'a {kind}') for kind in kinds)}"
    if keyword == "enum":
        return f"must be one of {', '.join(map(str, expected))}"
    if keyword == "anyOf":
        return "must have one of the forms that the schema allows"
    return _REASONS.get(keyword, f"must have {keyword} {{}}").format(json.dumps(expected))
