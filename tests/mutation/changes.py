"""Every change that mutmut knows to make to a module: its operators, without its way of running."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mutmut.mutation.file_mutation import create_mutations

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


class Change(NamedTuple):
    """A module of src as one operator changed it.

    `function` is the qualified name of the function whose body was changed, or empty. `lines` are
    those of its body, and `statement` those of the changed statement, both half open.
    """

    file: str
    function: str
    lines: range
    statement: range
    old: str
    new: str
    source: str

    @property
    def key(self) -> str:
        """Return what names the change in the list of survivors: no line number, which moves."""
        place = f"{self.file} {self.function or '(module)'}"
        return f"{place}: {self.old.strip()} -> {self.new.strip()}"

    @property
    def digest(self) -> str:
        """Return what is the same for the same change of the same module."""
        before = (SRC / self.file).read_text(encoding="utf-8")
        return hashlib.sha256(f"{before}\0{self.source}".encode()).hexdigest()[:16]


def of(file: str) -> Iterator[Change]:
    """Make the changes to a file of src, but for those that leave the meaning as it was."""
    before = (SRC / file).read_text(encoding="utf-8")
    tree = ast.parse(before)
    meaning = _meaning(before)
    module, mutations, _, _ = create_mutations(file, before)
    for mutation in mutations:
        after = module.deep_replace(mutation.original_node, mutation.mutated_node).code
        if _meaning(after) == meaning:
            continue
        pairs = zip(before.splitlines(), after.splitlines(), strict=False)
        number, old, new = next((n, a, b) for n, (a, b) in enumerate(pairs, 1) if a != b)
        function, lines = _function(tree, number)
        yield Change(file, function, lines, _statement(tree, number), old, new, after)


def unchanged(file: str) -> Change:
    """Return a file of src as it is, which every test must pass."""
    source = (SRC / file).read_text(encoding="utf-8")
    return Change(file, "", range(0), range(0), "", "", source)


class _Meaning(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Take a cast for its value: its first argument is for the type checker alone."""
        self.generic_visit(node)
        is_cast = isinstance(node.func, ast.Name) and node.func.id == "cast"
        return node.args[1] if is_cast and len(node.args) == 2 else node


def _meaning(source: str) -> str:
    return ast.dump(_Meaning().visit(ast.parse(source)))


def _function(tree: ast.Module, number: int) -> tuple[str, range]:
    for name, node in _functions(tree.body, ""):
        lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
        if number in lines:
            return name, lines
    return "", range(0)


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{prefix}{node.name}.")


def _statement(tree: ast.Module, number: int) -> range:
    """Return the lines of the smallest statement, or head of a compound one, around a line."""
    around = [range(number, number + 1)]
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            end = body[0].lineno if isinstance(body, list) else (node.end_lineno or 0) + 1
            if node.lineno <= number < end:
                around.append(range(node.lineno, end))
    return min(around[1:] or around, key=len)
