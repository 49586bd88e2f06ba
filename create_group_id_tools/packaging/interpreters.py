"""The interpreters of the runtimes' minor versions, and bare runs under them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from create_group_id_tools.packaging.tree import PackageError

_VERSION = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"


def find(minor: str) -> str:
    """Find a CPython of that minor version: this one, on PATH, or pyenv's; else `PackageError`."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [
        sys.executable,
        shutil.which(f"python{minor}"),
        *sorted(map(str, pyenv.glob(f"versions/{minor}.*/bin/python")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        # A pyenv shim exists for versions that are not switched on, and then fails.
        completed = subprocess.run(
            [candidate, "-S", "-c", _VERSION], check=False, capture_output=True, text=True
        )
        if completed.stdout.split() == ["cpython", minor]:
            return candidate
    raise PackageError(
        f"CPython {minor} is missing: install it (python{minor} on PATH, or by pyenv), or take the "
        f"other runtime, as make package RUNTIME=python3.12"
    )


def run(
    python: str, script: Path, *arguments: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script of ours without site packages, environment or byte code of its own.

    It comes by standard input and from an empty folder, so that nothing but the standard library
    can be imported.
    """
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run(
            # FC starts Python with -W ignore.
            [python, "-S", "-s", "-B", "-W", "ignore", "-", *arguments],
            check=False,
            input=script.read_text(encoding="utf-8"),
            capture_output=True,
            text=True,
            cwd=empty,
            env=environ or {},
        )


def last_line(stderr: str) -> str:
    """Return the last line of a traceback, which names the error."""
    return (stderr.strip().splitlines() or ["it ended without a message"])[-1][:300]
