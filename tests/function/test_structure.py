"""What may import what, and what the schemas may refer to."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SHIPPED = {"requests", "urllib3", "certifi", "jsonschema", "create_group_id"}
SCHEMAS = sorted((ROOT / "src/create_group_id/schemas").glob("*.json"))


def imported(folder: str) -> Iterator[tuple[str, str]]:
    """Yield each module of a folder with each top-level package that it imports."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
                names = [str(node.module)]
            for name in names:
                yield path.relative_to(ROOT).as_posix(), name.partition(".")[0]


def test_the_function_imports_only_what_ships() -> None:
    allowed = SHIPPED | sys.stdlib_module_names
    assert [pair for pair in imported("src") if pair[1] not in allowed] == []


def test_no_module_imports_index() -> None:
    assert [pair for pair in imported("src/create_group_id") if pair[1] == "index"] == []


def test_the_stub_imports_nothing_of_the_function_or_the_tools() -> None:
    foreign = {"create_group_id", "index", "create_group_id_tools", "tests", "src"}
    assert [pair for pair in imported("stub/onsmqtt_stub") if pair[1] in foreign] == []


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name in ("$ref", "$dynamicRef"):
                yield value
            yield from references(value)
    if isinstance(schema, list):
        for value in schema:
            yield from references(value)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_no_reference_leaves_its_schema(path: Path) -> None:
    schema = json.loads(path.read_bytes())
    Draft202012Validator.check_schema(schema)
    assert [ref for ref in references(schema) if not ref.startswith("#")] == []


def test_the_schemas_that_ship() -> None:
    assert [path.stem for path in SCHEMAS] == ["envelope", "regions", "request", "signup"]
    envelope = json.loads((SCHEMAS[0]).read_bytes())
    assert list(references(envelope))
