"""One fresh process of a contestant, from its start to its end, and what it cost."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onsmqtt_stub import INSTANCE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DRIVER = Path(__file__).parent / "driver.py"
# -S: what an interpreter finds in its site-packages is no contestant's doing.
OPTIONS = ("-I", "-S", "-B", "-W", "ignore")


@dataclass(frozen=True)
class Sample:
    """Start to first answer in seconds, by the wall and of CPU; KiB; CPU seconds of each call."""

    wall: float
    cpu: float
    peak: int
    modules: int
    calls: tuple[float, ...]


def environment(endpoint: str) -> dict[str, str]:
    """Give all the variables that a contestant sees."""
    return {
        "ONSMQTT_ENDPOINT": endpoint,
        "ONSMQTT_INSTANCE_ID": INSTANCE_ID,
        "ONSMQTT_MAX_QPS": "10000",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "STS.testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "testtoken",
    }


def run(
    python: str,
    tree: Path,
    environ: Mapping[str, str],
    calls: int = 0,
    *,
    within: Sequence[str] = (),
) -> Sample:
    """Start an instance, invoke it once and then `calls` times more, and end it.

    `within` is a command that runs another. Raises `SystemExit` where an answer is no success.
    """
    begin = time.perf_counter()
    with subprocess.Popen(
        [*within, python, *OPTIONS, str(DRIVER), str(tree), str(calls)],
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        answer = process.stdout.readline()
        wall = time.perf_counter() - begin
        rest = process.stdout.read()
    if process.returncode or "'statusCode': 200" not in answer:
        raise SystemExit(f"{tree.name} failed: {answer.strip()}")
    (cpu, peak, modules), *each = (line.split() for line in rest.splitlines())
    return Sample(wall, float(cpu), int(peak), int(modules), tuple(float(call) for (call,) in each))
