"""A ROS template against the property table of its resource types."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATA = Path(__file__).parent / "data" / "ros_types.json"
_PSEUDO = {"ALIYUN::Region", "ALIYUN::AccountId"}
_PYTHON: dict[str, Any] = {"string": str, "number": (int, float), "boolean": bool}


@lru_cache(maxsize=1)
def _types() -> dict[str, Any]:
    types: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))["types"]
    return types


def problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Tell what ROS would refuse, one line each: types, properties, references."""
    for name, resource in document.get("Resources", {}).items():
        kind = resource.get("Type")
        if kind not in _types():
            yield f"Resources.{name}: unknown type {kind}"
            continue
        yield from _map(f"Resources.{name}", resource.get("Properties", {}), _types()[kind])
        if resource.get("Condition", None) not in (None, *document.get("Conditions", {})):
            yield f"Resources.{name}.Condition: is not declared"
    known = {*document.get("Parameters", {}), *document.get("Resources", {}), *_PSEUDO}
    for where, reference in _references("", document):
        if reference not in known:
            yield f"{where}: refers to {reference}, which is not declared"


def _map(where: str, given: Any, properties: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{where}: must be a map"
        return
    for name in sorted(set(given) - set(properties)):
        yield f"{where}.{name}: unknown property"
    for name, rule in properties.items():
        if name in given:
            yield from _value(f"{where}.{name}", given[name], rule)
        elif rule.get("required"):
            yield f"{where}: lacks {name}"


def _value(where: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    if (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value)).startswith(("Fn::", "Ref"))
    ):
        return  # known when the stack is made
    kind = rule["type"]
    if "enum" in rule and value not in rule["enum"]:
        yield f"{where}: must be one of {', '.join(map(str, rule['enum']))}"
    if kind == "map" and "props" in rule:
        yield from _map(where, value, rule["props"])
    elif kind.startswith("list"):
        yield from _list(where, value, rule)
    elif kind.startswith(("map", "hash")):
        if not isinstance(value, dict):
            yield f"{where}: must be a map"
    elif not isinstance(value, _PYTHON[kind]) or (kind == "number" and isinstance(value, bool)):
        yield f"{where}: must be a {kind}"
    elif kind == "number":
        yield from _within(where, value, rule.get("range"))
    elif kind == "string":
        yield from _within(f"{where}: length", len(value), rule.get("length"))


def _list(where: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: must be a list"
        return
    yield from _within(f"{where}: length", len(value), rule.get("length"))
    for number, item in enumerate(value):
        if isinstance(rule.get("of"), dict):
            yield from _map(f"{where}[{number}]", item, rule["of"])


def _within(where: str, value: float, bounds: list[float | None] | None) -> Iterator[str]:
    low, high = bounds or (None, None)
    if (low is not None and value < low) or (high is not None and value > high):
        yield f"{where}: must be {low or 0} to {high if high is not None else 'any'}"


def _references(where: str, node: Any) -> Iterator[tuple[str, str]]:
    """Find what `Ref`, `Fn::GetAtt` and `Fn::Sub` name."""
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
            yield where, value[0]
        elif key == "Fn::Sub":
            for name in re.findall(r"\$\{([^}!]+)\}", value):
                yield where, name
        else:
            yield from _references(inner, value)
