"""Find the Python that runs the instances."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def find(runtime: str, root: Path = ROOT) -> tuple[str, str | None]:
    """Return the interpreter for a runtime, and a warning if its version is another one."""
    minor = runtime.removeprefix("python")
    here = "{}.{}".format(*sys.version_info)
    if here == minor:
        return sys.executable, None
    # `make matrix` makes it with the function's libraries, and adds the mark when it is complete.
    venv = root / f".venv-{minor}"
    if (venv / ".ready").exists():
        return str(venv / "bin" / "python"), None
    warning = (
        f"Instances run CPython {here} instead of {minor}. If {minor} is installed, "
        f"`make matrix MINORS={minor.removeprefix('3.')}` sets it up."
    )
    return sys.executable, warning
