"""`make kill`: SIGKILL of workers and of `serve` at many moments; no accepted event is lost.

Workers are killed at points of a call where a fault of the stub delays it, and at instants spread
over the time of an event. Servers are killed while they accept and run events, and started again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.endurance import kill_server, kill_worker
from tests.endurance.kill_server import ServerKiller
from tests.endurance.kill_worker import WorkerKiller
from tests.endurance.served import serving

if TYPE_CHECKING:
    from tests.endurance.records import Kills


def workers(folder: Path, points: int, instants: int) -> Kills:
    """Kill workers: at each point some times, and at some instants."""
    with serving(folder, folder.with_suffix(".log"), *kill_worker.OPTIONS) as served:
        killer = WorkerKiller(served)
        killer.at_points(points)
        killer.at_instants(instants)
        return killer.check()


def servers(folder: Path, chains: int, length: int) -> Kills:
    """Kill chains of servers."""
    with kill_server.stub() as stub:
        killer = ServerKiller(stub)
        for number in range(chains):
            killer.chain(number, folder / str(number), length)
    return killer.kills


def main() -> int:
    """Kill; print the figures, and return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10, help="kills at each point of a call")
    parser.add_argument("--instants", type=int, default=200, help="kills of workers at instants")
    parser.add_argument("--chains", type=int, default=20, help="chains of killed servers")
    parser.add_argument("--length", type=int, default=3, help="killed servers in a chain")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        started, folder = time.monotonic(), Path(name)
        found = [
            workers(folder / "workers", arguments.points, arguments.instants),
            servers(folder, arguments.chains, arguments.length),
        ]
    problems = [problem for kills in found for problem in kills.problems]
    print(*found, f"in {time.monotonic() - started:.0f} s", *problems[:20], sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
