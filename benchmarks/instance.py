"""One new process of a subject, from its start to its end, and its costs."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from onsmqtt_stub import INSTANCE_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DRIVER = Path(__file__).parent / "driver.py"
# -S: the site-packages of the interpreter are not part of a subject.
OPTIONS = ("-I", "-S", "-B", "-W", "ignore")


@dataclass(frozen=True)
class Sample:
    """The costs of an instance.

    `wall` and `cpu` are the seconds from its start to its first response. `peak` is its KiB and
    `modules` its number of modules at that time. `calls` has the CPU seconds of each further call,
    and `resident` the KiB after each.
    """

    wall: float
    cpu: float
    peak: int
    modules: int
    calls: tuple[float, ...]
    resident: tuple[int, ...]


def environment(endpoint: str, trusted: Path | None = None) -> dict[str, str]:
    """Return the environment of a subject. `trusted` is OpenSSL's default file of roots."""
    return {
        **({"SSL_CERT_FILE": str(trusted)} if trusted else {}),
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
    endpoint: str,
    events: Iterable[bytes],
    within: Sequence[str] = (),
    trusted: Path | None = None,
) -> Sample:
    """Start an instance, invoke it with each event, and end it.

    `within` is a command that runs another one. Raises `SystemExit` if a response is not a success.
    """
    with tempfile.TemporaryFile() as file:
        file.writelines(events)
        file.seek(0)
        started = time.perf_counter()
        with subprocess.Popen(
            [*within, python, *OPTIONS, str(DRIVER), str(tree)],
            env=environment(endpoint, trusted),
            stdin=file,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout  # noqa: S101 - it is a pipe
            response = process.stdout.readline()
            wall = time.perf_counter() - started
            rest = process.stdout.read()
    if process.returncode or "'statusCode': 200" not in response:
        raise SystemExit(f"{tree.name} failed: {response.strip()}")
    (cpu, peak, modules), *each = (line.split() for line in rest.splitlines())
    calls, resident = tuple(float(c) for c, _ in each), tuple(int(r) for _, r in each)
    return Sample(wall, float(cpu), int(peak), int(modules), calls, resident)
