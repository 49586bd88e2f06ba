"""Check a ROS template against the schemas of its resource types."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks import validation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.exceptions import ValidationError

_DATA = Path(__file__).parent / "data" / "ros_schema.json"
_PSEUDO = {"ALIYUN::Region", "ALIYUN::AccountId"}
_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_MAPS = {"type": "object", "additionalProperties": {"type": "object"}}


@lru_cache(maxsize=1)
def _types() -> dict[str, Any]:
    """Read the types, and add the form of a role's policies, which other checks rely on."""
    types: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))["definitions"]
    role = types["ALIYUN::RAM::Role"]["properties"]
    role["AssumeRolePolicyDocument"] = _policy({"Principal": {"type": "object"}})
    policy = role["Policies"]["items"]["properties"]
    policy["PolicyDocument"] = _policy({"Action": _TEXTS, "Resource": _TEXTS})
    return types


def _policy(needed: dict[str, Any]) -> dict[str, Any]:
    statement = {"type": "object", "required": list(needed), "properties": needed}
    return {
        "type": "object",
        "required": ["Statement"],
        "properties": {"Statement": {"type": "array", "items": statement}},
    }


def _document() -> dict[str, Any]:
    resource = {
        "type": "object",
        "required": ["Type"],
        "properties": {
            "Type": {"enum": sorted(_types())},
            "Properties": {"type": "object"},
            "Condition": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "required": ["Parameters", "Resources"],
        "properties": {
            "Parameters": _MAPS,
            "Conditions": _MAPS,
            "Resources": {"type": "object", "additionalProperties": resource},
        },
    }


def problems(document: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each type, property and reference that ROS would reject."""
    malformed = [*validation.problems("", document, _document())]
    if malformed:
        yield from malformed
        return
    for name, resource in document["Resources"].items():
        properties = resource.get("Properties", {})
        schema = _types()[resource["Type"]]
        where = f"Resources.{name}"
        yield from validation.problems(where, properties, schema, ignored=_is_known_later)
        if resource.get("Condition") not in (None, *document.get("Conditions", {})):
            yield f"{where}.Condition: must be declared in Conditions"
    known = {*document["Parameters"], *document["Resources"], *_PSEUDO}
    for where, reference in _references("", document):
        if not isinstance(reference, str):
            yield f"{where}: must name a parameter or a resource"
        elif reference not in known:
            yield f"{where}: refers to {reference}, which is not declared"


def _is_known_later(error: ValidationError) -> bool:
    """Return whether a function of ROS fills in this string or number when it creates the stack."""
    value: Any = error.instance
    schema: Any = error.schema
    if schema.get("type") in ("object", "array") or not isinstance(value, dict) or len(value) != 1:
        return False
    (name,) = value
    return name == "Ref" or str(name).startswith("Fn::")


def _substituted(value: object) -> list[Any]:
    return re.findall(r"\$\{([^}!]+)\}", value) if isinstance(value, str) else [None]


def _references(where: str, node: Any) -> Iterator[tuple[str, object]]:
    """Yield each place of `Ref`, `Fn::GetAtt` and `Fn::Sub`, and the name that it refers to."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _references(f"{where}[{number}]", item)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        inner = f"{where}.{key}" if where else str(key)
        if key == "Ref":
            yield where, value
        elif key == "Fn::GetAtt":
            yield where, value[0] if isinstance(value, list) and value else None
        elif key == "Fn::Sub":
            yield from ((where, name) for name in _substituted(value))
        else:
            yield from _references(inner, value)
