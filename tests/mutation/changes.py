"""Every change to a module that mutmut's operators make, and ours."""

from __future__ import annotations

import ast
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


class Change(NamedTuple):
    """A module of src as one operator changed it.

    `key` names the change in the list of survivors, and holds no line number, which moves.
    `digest` is the same for the same change of the same function, or of the same statement outside
    of functions. `function` is the qualified name of the function whose body was changed, or empty.
    `lines` are those of its body, and `statement` those of the changed statement, both half open.
    """

    key: str
    digest: str
    file: str
    function: str
    lines: range
    statement: range
    source: str


def of(file: str, cache: Path) -> list[Change]:
    """Return the changes to a file of src, from a folder where they were made before."""
    before = (SRC / file).read_text(encoding="utf-8")
    makers = [Path(__file__).with_name(name).read_text() for name in ("changes.py", "operators.py")]
    name = hashlib.sha256(f"{makers}{file}{before}".encode()).hexdigest()[:16]
    made = cache / f"{name}.json"
    if not made.exists():
        made.write_text(json.dumps(list(_made(file, before))))
    return [
        Change(key, digest, file, function, range(*lines), range(*statement), source)
        for key, digest, function, lines, statement, source in json.loads(made.read_text())
    ]


def _made(file: str, before: str) -> Iterator[tuple[Any, ...]]:
    """Make every change, but for those that leave the meaning as it was."""
    import libcst  # noqa: PLC0415 - only here: the tests run without mutmut
    from libcst.metadata import MetadataWrapper  # noqa: PLC0415
    from mutmut.mutation.file_mutation import (  # noqa: PLC0415
        MutationVisitor,
        get_ignored_lines,
    )

    from tests.mutation.operators import OPERATORS  # noqa: PLC0415

    wrapper = MetadataWrapper(libcst.parse_module(before))
    ignored = get_ignored_lines(file, before, wrapper)
    visitor = MutationVisitor(OPERATORS, ignored)
    parsed = wrapper.visit(visitor)
    # By statements of the module, since to write and to parse all of it takes long.
    texts = [parsed.code_for_node(statement) for statement in parsed.body]
    place = {id(node): n for n, body in enumerate(parsed.body) for node in _nodes(body)}
    head, tail = before.split("".join(texts))
    tree, meanings = ast.parse(before), [_meanings(text) for text in texts]
    keys: Counter[str] = Counter()
    digests: set[str] = set()
    for mutation in visitor.mutations:
        n = place[id(mutation.original_node)]
        statement = parsed.body[n].deep_replace(mutation.original_node, mutation.mutated_node)
        text = parsed.code_for_node(statement)
        pairs = zip(meanings[n], _meanings(text), strict=True)
        changed = [(old, new) for old, new in pairs if old != new]
        if not changed:
            continue
        digest = hashlib.sha256(f"{file}{changed}".encode()).hexdigest()[:16]
        if digest in digests:  # two operators have made the same
            continue
        digests.add(digest)
        after = "".join([head, *texts[:n], text, *texts[n + 1 :], tail])
        pairs = zip(before.splitlines(), after.splitlines(), strict=False)
        number, old, new = next((n, a, b) for n, (a, b) in enumerate(pairs, 1) if a != b)
        function, lines = _function(tree, number)
        key = f"{file} {function or '(module)'}: {old.strip()} -> {new.strip()}"
        keys[key] += 1
        if keys[key] > 1:
            key += f" #{keys[key]}"
        ends = [(part.start, part.stop) for part in (lines, _statement(tree, number))]
        yield key, digest, function, *ends, after


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def module(file: str) -> str:
    """Return the name of the module in a file of src."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Meaning(ast.NodeTransformer):
    """Leaves out what only people and the type checker read."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Take a cast for its value."""
        self.generic_visit(node)
        is_cast = isinstance(node.func, ast.Name) and node.func.id == "cast"
        return node.args[1] if is_cast and len(node.args) == 2 else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Take every docstring for the same."""
        self.generic_visit(node)
        return ast.Pass() if isinstance(node.value, ast.Constant) else node

    def visit_If(self, node: ast.If) -> ast.AST:
        """Leave out the imports of types, and what is never run."""
        self.generic_visit(node)
        is_types = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        is_never = isinstance(node.test, ast.Constant) and not node.test.value
        return ast.Pass() if (is_types or is_never) and not node.orelse else node


def _meanings(source: str) -> list[str]:
    """Return the meaning of each function, and of each statement outside of functions."""
    return [ast.dump(node) for node in _parts(_Meaning().visit(ast.parse(source)).body)]


def _parts(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _parts(node.body)
        else:
            yield node


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
