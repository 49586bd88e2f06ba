"""Find the interpreters of the runtimes, and run scripts with nothing but their libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from create_group_id_tools.packaging.tree import PackageError
from create_group_id_tools.project import RUNTIMES, home

_VERSION = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"


def find(minor: str) -> str:
    """Return a CPython of that minor version: this one, one on PATH, or one of pyenv.

    Raise `PackageError` if there is none.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or home() / ".pyenv")
    candidates = [
        sys.executable,
        shutil.which(f"python{minor}"),
        *sorted(map(str, pyenv.glob(f"versions/{minor}.*/bin/python")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        # pyenv has a shim even for a version that is not active, and the shim then fails. A program
        # for another processor does not even start.
        with suppress(OSError):
            completed = subprocess.run(
                [candidate, "-S", "-c", _VERSION], check=False, capture_output=True
            )
            if completed.stdout.split() == [b"cpython", minor.encode()]:
                return candidate
    others = [name for name in RUNTIMES if name != f"python{minor}"]
    raise PackageError(
        f"CPython {minor} is missing; install python{minor} on PATH or with pyenv, or build "
        f"another runtime: make package RUNTIME={others[0]}"
    )


def run(
    python: str, script: Path, *arguments: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of ours without site packages and byte code, and with `environ` alone.

    Pass the script through standard input, and run it in an empty folder, so that it can only
    import the standard library.
    """
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run(
            # FC starts Python with -W ignore.
            [python, "-S", "-s", "-B", "-W", "ignore", "-", *arguments],
            check=False,
            input=script.read_text(encoding="utf-8"),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=empty,
            env=environ or {},
        )


def last_line(stderr: str) -> str:
    """Return the last line of a traceback, which describes the error."""
    return (stderr.strip().splitlines() or ["it ended without a message"])[-1][:300]
