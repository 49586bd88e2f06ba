"""Record what `re` compiles for the function: `patterns.py TREE`, run by its target's interpreter.

In a process of its own, which has compiled nothing: `re` compiles no pattern twice.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # CPython's own; typeshed leaves it out
import marshal
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def compiled() -> list[tuple[Any, ...]]:
    """Compile anew all that `re` holds; returns each pattern, its flags, and the program made."""
    programs: list[tuple[Any, ...]] = []
    compile_program = _sre.compile

    def note(pattern: object, flags: int, code: list[int], *rest: object) -> object:
        # Some numbers are of classes of the compiler's own, which marshal does not know.
        programs.append((int(flags), [int(number) for number in code], *rest))
        return compile_program(pattern, flags, code, *rest)

    known = [(pattern, int(flags)) for _, pattern, flags in vars(re)["_cache"]]
    re.purge()
    _sre.compile = note
    try:
        for pattern, flags in known:
            re.compile(pattern, flags)
    finally:
        _sre.compile = compile_program
    return [(*key, *program) for key, program in zip(known, programs, strict=True)]


def main(tree: str) -> None:
    """Import the function, hand it a request that lacks nothing but credentials, and record."""
    sys.path.insert(0, tree)
    cache = import_module("create_group_id.pattern_cache")
    import_module("index").handler(b'{"GroupId": "GID_trial"}', None)
    # Version 2, since later ones write how often an object is referred to, which varies.
    content = marshal.dumps((cache.MADE_FOR, compiled()), 2)
    Path(cache.FILE).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
