"""What the function returns over HTTP, from the shipped schema of the envelope.

That schema says exactly which fields belong together, in a tree of references. Generators of
clients understand flat objects better: here are one `Success` and one `Failure`, and for each HTTP
status the rules that narrow its failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id_tools.interface.payloads import NOTHING, ref, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator


class ErrorVariant(NamedTuple):
    """Errors that the schema describes alike; all of them have one status."""

    schema: dict[str, Any]
    is_before_any_call: bool

    @property
    def fields(self) -> dict[str, Any]:
        """The schemas of the fields, by their names."""
        fields: dict[str, Any] = self.schema["properties"]
        return fields

    @property
    def status(self) -> int:
        """The HTTP status."""
        status: int = self.fields["HttpStatus"]["const"]
        return status


def schemas() -> dict[str, Any]:
    """Return the components: `Success`, `Failure`, and what a failure contains."""
    definitions = shipped("envelope")["$defs"]
    success, failure = (_resolved(definitions[name]) for name in ("success", "failure"))
    properties = {**failure["properties"], "Error": ref("Error")}
    invalid = _resolved(definitions["invalidPayload"])
    return {
        "Success": {**success, "additionalProperties": False},
        "Failure": {
            "type": "object",
            "required": failure["required"],
            "properties": properties,
            "additionalProperties": False,
        },
        "Error": {
            "type": "object",
            "required": _resolved(definitions["error"])["required"],
            "properties": _all_fields(),
            "additionalProperties": False,
        },
        "Violation": invalid["properties"]["Violations"]["items"],
    }


def by_status() -> dict[int, dict[str, Any]]:
    """Return the schema of the failures of each HTTP status."""
    rules: dict[int, list[dict[str, Any]]] = {}
    for variant in variants():
        rules.setdefault(variant.status, []).append(_rule(variant))
    return {
        status: {**ref("Failure"), "allOf": [each[0] if len(each) == 1 else {"anyOf": each}]}
        for status, each in rules.items()
    }


def variants() -> Iterator[ErrorVariant]:
    """Yield the errors that the shipped schema tells apart."""
    definitions = shipped("envelope")["$defs"]
    before_any_call = definitions["beforeAnyCall"]["oneOf"]
    for option in definitions["failure"]["properties"]["Error"]["oneOf"]:
        outer = _resolved(option)
        if violations := outer["properties"].get("Violations"):
            violations["items"] = ref("Violation")
        for inner in outer.pop("oneOf", [{}]):
            yield ErrorVariant(_merged(outer, inner), option in before_any_call)


def values(schema: dict[str, Any]) -> list[Any]:
    """Return what a schema lists."""
    return schema["enum"] if "enum" in schema else [schema["const"]]


def _all_fields() -> dict[str, Any]:
    """Return the fields of an error of any code."""
    fields: dict[str, Any] = {}
    for variant in variants():
        fields |= variant.fields
    for name in ("Code", "HttpStatus"):
        listed = {value for variant in variants() for value in values(variant.fields[name])}
        fields[name] = {"enum": sorted(listed)}
    for name in ("Retryable", "OutcomeUnknown"):
        fields[name] = {"type": "boolean"}
    return fields


def _rule(variant: ErrorVariant) -> dict[str, Any]:
    """Return what a variant says beyond the fields of any error."""
    every, fields = _all_fields(), variant.fields
    error = {key: value for key, value in variant.schema.items() if key != "type"}
    error["properties"] = {
        **{name: fields[name] for name in fields if fields[name] != every[name]},
        **{name: fields[name] for name in error["required"] if name in fields},
        **{name: NOTHING for name in every if name not in fields},
    }
    rule = {"Error": error}
    return {
        "properties": {
            **rule,
            **({"RequestId": {"type": "null"}} if variant.is_before_any_call else {}),
        }
    }


def _resolved(schema: Any) -> Any:
    """Return a schema with what it refers to in its place."""
    if isinstance(schema, list):
        return [_resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _resolved(value) for key, value in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return rest
    name = schema["$ref"].rpartition("/")[2]
    return _merged(_resolved(shipped("envelope")["$defs"][name]), rest)


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of what matches both; raise ValueError where that is no plain union."""
    merged = {**one, **other}
    for key in one.keys() & other.keys():
        if key == "properties":
            merged[key] = _merged(one[key], other[key])
        elif key == "required":
            merged[key] = [*one[key], *(name for name in other[key] if name not in one[key])]
        elif one[key] != other[key]:
            raise ValueError(f"{key}: the schemas cannot be merged")
    return merged
