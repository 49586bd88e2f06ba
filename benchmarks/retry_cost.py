"""Measure what retry and pacing cost if a call succeeds: `python benchmarks/retry_cost.py`.

An instance runs in this process, the stub in another. Blocks of calls through the provisioner and
blocks of bare attempts of the same client take turns. It prints the medians of the CPU time per
call, and the median of the blocks' ratios with its quartiles.
"""

from __future__ import annotations

import os
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import upstream
from benchmarks.ratios import compare
from create_group_id import settings
from create_group_id.client import Client
from create_group_id.credentials import Credentials
from create_group_id.payload import FAIL, Request
from create_group_id.provisioning import Invocation, Provisioner
from create_group_id.timing import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK, BLOCKS = 40, 150


@dataclass(frozen=True)
class Block:
    """CPU seconds of one call, the mean of a block."""

    cpu: float


def run(call: Callable[[str], object]) -> Block:
    """Run a block of calls, each with another group."""
    names = [f"GID_{os.urandom(12).hex()}" for _ in range(BLOCK)]
    started = time.process_time()
    for name in names:
        call(name)
    return Block((time.process_time() - started) / BLOCK)


def main() -> None:
    """Measure both in turns, and print the figures."""
    client = Client(clock=time.monotonic, wall_clock=time.time, nonce=lambda: os.urandom(16).hex())
    provisioner = Provisioner(
        client, clock=time.monotonic, sleep=time.sleep, jitter=random.SystemRandom().random
    )
    credentials = Credentials("STS.testid", "testsecret", "testtoken")
    with upstream.running() as url:
        loaded: Any = settings.load({"ONSMQTT_ENDPOINT": url, "ONSMQTT_MAX_QPS": "10000"}, None)

        def new_call(name: str) -> tuple[Request, Invocation]:
            request = Request(name, "mqtt-cn-0pp1ldu0001", "cn-hangzhou", (), FAIL, is_signup=False)
            return request, Invocation(None, Deadline(time.monotonic() + 60, time.monotonic))

        def provision(name: str) -> None:
            request, invocation = new_call(name)
            provisioner.provision([request], loaded, credentials, invocation)

        def attempt(name: str) -> None:
            request, invocation = new_call(name)
            provisioner._call(request, loaded, credentials, invocation, 5.0)  # noqa: SLF001 - what it is held beside

        rounds = [(run(provision), run(attempt)) for _ in range(BLOCKS + 2)][2:]
    with_retry, bare = ([pair[side] for pair in rounds] for side in (0, 1))
    for name, blocks in (("with retry and pacing", with_retry), ("a bare attempt", bare)):
        print(f"{name:22}{median(block.cpu for block in blocks) * 1e6:8.1f} us of CPU per call")
    print(f"ratio {compare(with_retry, bare, 'cpu')}")


if __name__ == "__main__":
    main()
