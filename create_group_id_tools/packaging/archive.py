"""Byte-compile a tree and zip it: `archive.py TREE ZIP`, run by the target's interpreter.

Byte code is only valid for one minor version, and compressed bytes depend on the version of zlib.
So the zip depends on the target's interpreter alone, and not on the host.
"""

from __future__ import annotations

import os
import py_compile
import sys
import zipfile
import zlib
from importlib.util import cache_from_source
from pathlib import Path

# The earliest time in a zip.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_all() -> None:
    """Compile each source below the working directory, in a fixed order and in this one process.

    The byte code is not checked against its source: FC unpacks files with other times, so that
    checked byte code would be compiled again at every cold start. Docstrings and assertions are
    left out, which saves half a MiB of memory.
    """
    for source in sorted(Path().rglob("*.py")):
        py_compile.compile(
            str(source),
            # The plain name, since an interpreter without -OO looks for it.
            cfile=cache_from_source(str(source), optimization=""),
            dfile=f"/code/{source.as_posix()}",
            doraise=True,
            optimize=2,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def write_zip(archive: Path) -> None:
    """Zip each file below the working directory, in a fixed order, with a fixed time and mode."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(path for path in Path().rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.as_posix(), _EPOCH)
            entry.create_system = 3  # Unix, so that the mode is used on every host
            entry.external_attr = 0o100644 << 16
            file.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def main(tree: str, archive: str) -> None:
    """Compile and zip `tree`; print the versions on which the bytes depend."""
    os.chdir(tree)
    compile_all()
    write_zip(Path(archive))
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"CPython {version}, zlib {zlib.ZLIB_RUNTIME_VERSION}")


if __name__ == "__main__":
    main(*sys.argv[1:])
