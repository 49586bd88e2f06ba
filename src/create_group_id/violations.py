"""Find what is wrong with a payload. Our messages replace those of `jsonschema`, which quote it.

This module is imported only for the first invalid payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from create_group_id import schema as shipped
from create_group_id.errors import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON_PARAMETERS = {"action", "version"}
_MESSAGES = {
    "type": "must be of type {}",
    "enum": "must be {}",
    "minLength": "must not be empty",
    "maxLength": "must have at most {} characters",
    "maxItems": "must have at most {} items",
    "not": "must not contain control characters",
}


def find(schema: dict[str, Any], payload: dict[str, Any]) -> Iterator[Violation]:
    """Yield the violations of a schema, and look for the next one only on demand."""
    reported = set()
    for error in _Validator(schema).iter_errors(payload):
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        if error.validator == "not" and ("pattern", pointer) in reported:
            continue  # the violation of the pattern says more
        # jsonschema reports `required` once for each missing name, and each report lists all names.
        if (error.validator, pointer) not in reported:
            reported.add((error.validator, pointer))
            yield from _describe(error, pointer)


def _describe(error: ValidationError, pointer: str) -> Iterator[Violation]:
    keyword, rule = str(error.validator), cast("Any", error.validator_value)
    schema, value = cast("Any", error.schema), cast("Any", error.instance)
    if keyword == "required":
        for name in rule:
            if name not in value:
                yield Violation(f"{pointer}/{name}", keyword, "is missing")
    elif keyword == "additionalProperties" and "properties" in schema:
        known = {name.lower(): name for name in schema["properties"]}
        for name in value:
            if name not in known.values():
                yield Violation(pointer, keyword, _hint(name.lower(), known))
    elif keyword == "pattern" and "description" in schema:
        yield Violation(pointer, keyword, f"must be {schema['description']}")
    else:
        message = _MESSAGES.get(keyword, f"does not match the schema's {keyword}")
        yield Violation(pointer, keyword, message.format(_join(rule)))


def _hint(lowered: str, known: dict[str, str]) -> str:
    if lowered in known:
        return f"has a property that differs from {known[lowered]} only in case"
    if lowered in _COMMON_PARAMETERS:
        return "has Action or Version, which the function sets itself: remove it"
    return f"has an unknown property; the known ones are {', '.join(known.values())}"


def _join(rule: Any) -> str:
    return " or ".join(map(str, rule)) if isinstance(rule, list) else str(rule)


def _error(*, unless: bool) -> Iterator[ValidationError]:
    # Without a message: those of jsonschema quote the value, which takes longer than to parse it.
    if not unless:
        yield ValidationError("")


def _type(validator: Any, rule: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    types = [rule] if isinstance(rule, str) else rule
    return _error(unless=any(validator.is_type(value, name) for name in types))


def _enum(_validator: Any, rule: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    # Python takes True for 1; jsonschema does not.
    return _error(unless=value in rule and Draft202012Validator({"enum": rule}).is_valid(value))


def _max_items(_validator: Any, rule: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    return _error(unless=not isinstance(value, list) or len(value) <= rule)


def _items(validator: Any, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    # If there are too many items, none is checked: 64 KiB can contain 32,000 numbers.
    if isinstance(value, list) and len(value) <= schema.get("maxItems", len(value)):
        yield from Draft202012Validator.VALIDATORS["items"](validator, rule, value, schema)


def _additional(validator: Any, rule: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    if rule is False and isinstance(value, dict) and "patternProperties" not in schema:
        yield from _error(unless=value.keys() <= schema.get("properties", {}).keys())
    else:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](
            validator, rule, value, schema
        )


def _pattern(_validator: Any, rule: Any, value: Any, _schema: Any) -> Iterator[ValidationError]:
    return _error(unless=not isinstance(value, str) or shipped.matches(rule, value))


_Validator = extend(  # type: ignore[no-untyped-call]  # jsonschema does not annotate it
    Draft202012Validator,
    {
        "type": _type,
        "enum": _enum,
        "maxItems": _max_items,
        "items": _items,
        "additionalProperties": _additional,
        "pattern": _pattern,
    },
)
