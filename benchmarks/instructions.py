"""Instructions from an instance's start to its first answer, as callgrind counts them.

No clock and no neighbour disturbs them: two runs differ by a thousandth, so that an improvement of
one per cent shows. What the kernel does is not counted.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import events, instance, upstream

if TYPE_CHECKING:
    from collections.abc import Mapping


def measure(python: str, trees: Mapping[str, Path]) -> dict[str, int] | None:
    """Count for each contestant; None where valgrind is missing."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    counted = {}
    with upstream.running() as url, tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        files = (f"--log-file={log}", f"--callgrind-out-file={Path(folder, 'calls')}")
        within = (valgrind, "--tool=callgrind", *files)
        for name, tree in trees.items():
            upstream.reset(url)
            instance.run(python, tree, url, [events.request(0)], within)
            counted[name] = int(re.findall(r"Collected : (\d+)", log.read_text())[-1])
    return counted
