"""Limit a command to a part of a core, as FC does, with a cgroup or with cpulimit."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNT = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds, the default of the kernel
_ENTER = 'echo $$ > "$0" && exec "$@"'


@contextmanager
def limited(share: float | None) -> Iterator[tuple[str, tuple[str, ...]] | None]:
    """Yield how a share of a core is enforced, and the command that runs another one with it.

    A share of None means no limit. Yields None if neither a cgroup nor cpulimit can be used.
    https://docs.kernel.org/scheduler/sched-bwc.html
    """
    if share is None:
        yield "not limited", ()
        return
    quota = int(share * PERIOD)
    for parent, files in (
        (MOUNT, {"cpu.max": f"{quota} {PERIOD}"}),
        (MOUNT / "cpu", {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(quota)}),
    ):
        group = parent / f"create-group-id-{os.getpid()}"
        if _made(group, files):
            try:
                yield "cgroup", ("sh", "-c", _ENTER, str(group / "cgroup.procs"))
            finally:
                group.rmdir()
            return
    if command := shutil.which("cpulimit"):
        yield "cpulimit", (command, "-q", "-f", "-l", str(round(share * 100)), "--")
    else:
        yield None


def _made(group: Path, files: dict[str, str]) -> bool:
    try:
        group.mkdir()
    except OSError:
        return False
    try:
        for name, value in files.items():
            # Open only files of the kernel: without a cpu controller this is a plain folder.
            with (group / name).open("r+") as file:
                file.write(value)
    except OSError:
        group.rmdir()
        return False
    return True
