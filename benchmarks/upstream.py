"""The stub of OnsMqtt in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from devtools.package_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def running() -> Iterator[str]:
    """Run the stub; gives its URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "devtools", "stub", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def reset(url: str) -> None:
    """Forget every group, so that the next instance can create the same ones."""
    request = urllib.request.Request(f"{url}/_stub/reset", method="POST")  # noqa: S310 - loopback
    urllib.request.urlopen(request).close()  # noqa: S310 - likewise
