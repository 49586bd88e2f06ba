"""Regular expressions that the package step compiled, put where `re` looks for them.

The libraries compile ninety of them while they are imported, in Python: a quarter of a cold start.
`re` keeps what it compiled in a dictionary, and so is spared the work: it gets real patterns from
there, and compiles itself whatever is missing.

The dictionary and the compiler's input belong to CPython alone. So the file says which version of
both it was made for, and CPython checks each program that it is handed. Where anything differs,
nothing happens, and a cold start takes longer.
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
    """Fill the cache of `re` from what `create_group_id_tools.packaging.patterns` wrote."""
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - likewise
            # From bytes: reading from the file makes a call for each number.
            made_for, patterns = marshal.loads(opened.read())  # noqa: S302 - as trusted as byte code
        if made_for == MADE_FOR:
            cache = vars(re)["_cache"]
            for pattern, flags, *program in patterns:
                cache[type(pattern), pattern, flags] = _sre.compile(pattern, *program)
    except Exception:  # noqa: BLE001, S110 - whatever it is, `re` compiles for itself
        pass
