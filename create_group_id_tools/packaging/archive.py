"""Byte-compile a tree and zip it: `archive.py TREE ZIP`, run by the target's own interpreter.

Byte code is only valid for one minor version, and deflate's bytes are those of one zlib: made here,
both depend on the target's interpreter alone, and on no host that starts it.
"""

from __future__ import annotations

import os
import py_compile
import sys
import zipfile
import zlib
from importlib.util import cache_from_source
from pathlib import Path

# The zip format's first moment.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def compile_all() -> None:
    """Compile each source below the working directory, in a fixed order and in this one process.

    Unchecked: FC unpacks files with times of its own, and byte code bound to a time would be
    compiled anew at every cold start. Without docstrings and assertions, which the libraries have
    for their readers and their types: half a MiB of memory less.
    """
    for source in sorted(Path().rglob("*.py")):
        py_compile.compile(
            str(source),
            # The plain name, which an interpreter without -OO looks for.
            cfile=cache_from_source(str(source), optimization=""),
            dfile=f"/code/{source.as_posix()}",
            doraise=True,
            optimize=2,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def write_zip(archive: Path) -> None:
    """Zip each file below the working directory: by name, of one time, readable by all."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(path for path in Path().rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.as_posix(), _EPOCH)
            entry.create_system = 3  # Unix, so that the mode counts on every host
            entry.external_attr = 0o100644 << 16
            file.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def main(tree: str, archive: str) -> None:
    """Compile and zip `tree`, and print the versions on which the bytes depend."""
    os.chdir(tree)
    compile_all()
    write_zip(Path(archive))
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"CPython {version}, zlib {zlib.ZLIB_RUNTIME_VERSION}")


if __name__ == "__main__":
    main(*sys.argv[1:])
