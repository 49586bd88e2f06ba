"""Fill the cache of `re` with the patterns that the package step compiled.

The libraries compile ninety patterns while they are imported, which takes a quarter of a cold
start. `re` looks each pattern up in a dictionary first, and compiles those that are missing.

The dictionary and the compiled programs are internals of CPython. So the file names the version
that it was made for, and CPython checks each program. If anything differs, `re` compiles the
patterns as usual, and a cold start takes longer.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # CPython's own; typeshed leaves it out
import marshal
import os
import re
import sys

FILE = os.path.join(os.path.dirname(__file__), "patterns.marshal")  # noqa: PTH118, PTH120 - pathlib compiles patterns
MADE_FOR = (sys.implementation.cache_tag, _sre.MAGIC, _sre.CODESIZE)


def fill(file: str = FILE) -> None:
    """Fill the cache of `re` from a file of `create_group_id_tools.packaging.patterns`."""
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - likewise
            # Not `marshal.load`, which calls `read` for each number.
            made_for, patterns = marshal.loads(stream.read())  # noqa: S302 - as trusted as byte code
        if made_for == MADE_FOR:
            cache = vars(re)["_cache"]
            for pattern, flags, *program in patterns:
                cache[type(pattern), pattern, flags] = _sre.compile(pattern, *program)
    except Exception:  # noqa: BLE001, S110 - `re` compiles the patterns as usual
        pass
