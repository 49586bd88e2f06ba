"""What mutmut's operators leave out: above all, parts of the code dropped.

One of mutmut's is narrowed: what it does to the words of a message would only show whether a test
repeats them. Other operators show whether a message is passed, and which one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators, operator_string

if TYPE_CHECKING:
    from collections.abc import Iterator


def drop_statement(node: cst.Expr) -> Iterator[cst.BaseSmallStatement]:
    """Change `f(x)` to `pass`."""
    yield cst.Pass(semicolon=node.semicolon)


def drop_assignment(node: cst.Assign | cst.AugAssign) -> Iterator[cst.BaseSmallStatement]:
    """Change `a.b = c`, `a[b] = c` and `a += b` to `pass`."""
    if isinstance(node, cst.AugAssign) or not isinstance(node.targets[0].target, cst.Name):
        yield cst.Pass(semicolon=node.semicolon)


def drop_branch(node: cst.If | cst.CompIf) -> Iterator[cst.CSTNode]:
    """Change `if a:` to `if False:`."""
    yield node.with_changes(test=cst.Name("False"))


def drop_operand(node: cst.BooleanOperation) -> Iterator[cst.BaseExpression]:
    """Change `a and b` to `a`, and to `b`; the whole stays within its parentheses."""
    for kept in (node.left, node.right):
        yield kept.with_changes(
            lpar=[*node.lpar, cst.LeftParen(), *kept.lpar],
            rpar=[*kept.rpar, cst.RightParen(), *node.rpar],
        )


def drop_handler(node: cst.ExceptHandler) -> Iterator[cst.CSTNode]:
    """Change `except E:` to `except ():`, which catches nothing."""
    if node.type:
        yield node.with_changes(type=cst.Tuple(()))


def drop_element(node: cst.Tuple | cst.List | cst.Set | cst.Dict) -> Iterator[cst.CSTNode]:
    """Change `(a, b)` to `(a,)` and to `(b,)`, and likewise a list, a set, a dictionary."""
    elements = node.elements
    for index in range(len(elements) if len(elements) > 1 else 0):
        left: list[Any] = [*elements[:index], *elements[index + 1 :]]
        if isinstance(node, cst.Tuple):
            left[-1] = left[-1].with_changes(comma=cst.Comma())
        yield node.with_changes(elements=left)


def drop_sorting(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Change `sorted(a)` to `list(a)`."""
    if isinstance(node.func, cst.Name) and node.func.value == "sorted":
        yield node.with_changes(func=cst.Name("list"), args=node.args[:1])


def drop_method(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Change `a.strip()` to `a`."""
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in _TIDYING:
        yield node.func.value


def swap_quantifier(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Change `any(a)` to `all(a)`, and the other way round."""
    if isinstance(node.func, cst.Name) and node.func.value in _QUANTIFIERS:
        yield node.with_changes(func=cst.Name(_QUANTIFIERS[node.func.value]))


def widen_repeat(node: cst.SimpleString) -> Iterator[cst.CSTNode]:
    """Change `{1,64}` of a regular expression to `{2,64}` and to `{1,65}`."""
    for match in _REPEAT.finditer(node.value):
        for group in (1, 2):
            start, end = match.span(group)
            if start != end:
                number = str(int(match[group]) + 1)
                yield node.with_changes(value=node.value[:start] + number + node.value[end:])


def change_string(node: cst.BaseString) -> Iterator[cst.CSTNode]:
    """Change a string as mutmut does, unless it has several words."""
    if not (isinstance(node, cst.SimpleString) and _WORDS.search(node.value)):
        yield from operator_string(node)


_TIDYING = {"strip", "lower", "removeprefix"}
_QUANTIFIERS = {"any": "all", "all": "any"}
_WORDS = re.compile(r"\w \w")
_REPEAT = re.compile(r"\{([0-9]+)(?:,([0-9]+))?\}")

OPERATORS: list[tuple[type, Any]] = [
    *(pair for pair in mutation_operators if pair[1] is not operator_string),
    (cst.BaseString, change_string),
    (cst.Expr, drop_statement),
    (cst.Assign, drop_assignment),
    (cst.AugAssign, drop_assignment),
    (cst.If, drop_branch),
    (cst.CompIf, drop_branch),
    (cst.BooleanOperation, drop_operand),
    (cst.ExceptHandler, drop_handler),
    (cst.Tuple, drop_element),
    (cst.List, drop_element),
    (cst.Set, drop_element),
    (cst.Dict, drop_element),
    (cst.Call, drop_sorting),
    (cst.Call, drop_method),
    (cst.Call, swap_quantifier),
    (cst.SimpleString, widen_repeat),
]
