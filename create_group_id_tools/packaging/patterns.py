"""Record what `re` compiles for the function: `patterns.py TREE`, run by the target's interpreter.

It needs a new process, since `re` does not compile a pattern again.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # typeshed leaves it out
import marshal
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any


def compiled() -> list[tuple[Any, ...]]:
    """Compile every cached pattern of `re` again; return patterns, flags and programs."""
    programs: list[tuple[Any, ...]] = []
    compile_program = _sre.compile

    def note(pattern: object, flags: int, code: list[int], *rest: object) -> object:
        # Some numbers are instances of the compiler's classes, which marshal does not support.
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
    """Import the function, invoke it with a valid payload, and write the patterns that it used."""
    sys.path.insert(0, tree)
    cache = import_module("create_group_id.pattern_cache")
    import_module("index").handler(b'{"GroupId": "GID_trial"}', None)
    # Version 2: later ones depend on the reference counts of objects, which vary.
    content = marshal.dumps((cache.MADE_FOR, compiled()), 2)
    Path(cache.FILE).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
