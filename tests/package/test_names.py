"""One name, one class: no class of the function, the tools or the stub has the name of another."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

FOLDERS = ("src", "create_group_id_tools", "stub/onsmqtt_stub")


def classes(root: Path) -> dict[str, list[str]]:
    """Map each class name to the places that define it, nested classes included."""
    places = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{path.relative_to(root)}:{node.lineno}")
    return dict(places)


def duplicates(root: Path) -> dict[str, list[str]]:
    return {name: places for name, places in classes(root).items() if len(places) > 1}


def test_no_class_name_is_defined_twice() -> None:
    assert len(classes(ROOT)) > 100, "the folders of the classes have moved"
    assert duplicates(ROOT) == {}


def test_a_second_class_of_one_name_is_reported(tmp_path: Path) -> None:
    texts = ("class _Pair: ...", "def f():\n    class _Pair: ...", "class Pair: ...")
    for folder, text in zip(FOLDERS, texts, strict=True):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "module.py").write_text(text)
    places = ["src/module.py:1", "create_group_id_tools/module.py:2"]
    assert duplicates(tmp_path) == {"_Pair": places}
