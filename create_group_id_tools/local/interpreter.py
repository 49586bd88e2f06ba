"""Which Python runs the instances: that of the runtime, where it is set up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def find(runtime: str, root: Path = ROOT) -> tuple[str, str | None]:
    """Return the interpreter for a runtime, and what to say where it is another version's."""
    minor = runtime.removeprefix("python")
    here = "{}.{}".format(*sys.version_info)
    if here == minor:
        return sys.executable, None
    # Made by `make matrix`, with the function's libraries in it, and marked when it is complete.
    venv = root / f".venv-{minor}"
    if (venv / ".ready").exists():
        return str(venv / "bin" / "python"), None
    told = (
        f"Instances run CPython {here}; `make matrix MINORS={minor.removeprefix('3.')}` sets up "
        f"{minor} where it is installed"
    )
    return sys.executable, told
