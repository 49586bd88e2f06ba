"""docs/architecture.md lists every folder of the tools and its imports, which only go down."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "create_group_id_tools"
BELOW = {"create_group_id": "src", "onsmqtt_stub": "stub"}
ROW = re.compile(r"\| `([a-z_]+)/?` \| .+ \| (.*) \|")


def imports() -> dict[str, set[str]]:
    """Map each folder, or module beside them, to those that it imports, wherever the import is."""
    used_by: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if folder.startswith("__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                package, _, rest = name.partition(".")
                used = rest.partition(".")[0] if package == PACKAGE.name else BELOW.get(package)
                used_by.setdefault(folder, set()).update({used} - {folder} if used else ())
    return used_by


def documented() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("\n## The tools\n")[2].partition("\n## ")[0]
    rows = [match.groups() for match in map(ROW.fullmatch, section.splitlines()) if match]
    return {folder: set(re.findall("`([a-z_]+)`", used)) for folder, used in rows}


def test_every_folder_and_every_import_is_documented() -> None:
    assert documented() == imports()


def test_no_folder_imports_one_above_it() -> None:
    order = [*documented(), "stub", "src"]
    assert [
        (folder, used)
        for folder, uses in documented().items()
        for used in uses
        if order.index(used) <= order.index(folder)
    ] == []


def test_the_first_line_of_every_folder_says_what_it_is() -> None:
    for folder in (path for path in PACKAGE.iterdir() if any(path.glob("*.py"))):
        assert (folder / "__init__.py").read_text(encoding="utf-8").startswith('"""'), folder
