"""Count the instructions of a cold start and of a warm call with valgrind's cachegrind.

Other load does not change them: two runs differ by 0.1 %, so that an improvement of 1 % is visible.
Instructions of the kernel are not counted.
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

# A warm call is the difference between many calls and few calls, which fill the caches.
MANY, FEW = 71, 21


def cold(python: str, trees: Mapping[str, Path]) -> dict[str, float] | None:
    """Count a start to the first response, in millions. Return None without valgrind."""
    return _counted(python, trees, 1)


def warm(python: str, trees: Mapping[str, Path]) -> dict[str, float] | None:
    """Count a warm call, in millions. Return None without valgrind."""
    many, few = _counted(python, trees, MANY), _counted(python, trees, FEW)
    if many is None or few is None:
        return None
    return {name: (many[name] - few[name]) / (MANY - FEW) for name in trees}


def _counted(python: str, trees: Mapping[str, Path], calls: int) -> dict[str, float] | None:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    counted = {}
    sent = [events.request(number) for number in range(calls)]
    with upstream.running() as url, tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        files = (f"--log-file={log}", f"--cachegrind-out-file={Path(folder, 'counts')}")
        within = (valgrind, "--tool=cachegrind", "--cache-sim=no", *files)
        for name, tree in trees.items():
            upstream.reset(url)
            instance.run(python, tree, url, sent, within)
            references = re.findall(r"I +refs: +([0-9,]+)", log.read_text())[-1]
            counted[name] = int(references.replace(",", "")) / 1e6
    return counted
