"""Measure `redrive` with `serve`, by template.yml: `python benchmarks/redrive.py [RECORDS]`.

Prints which part it used of the calls that the instances allow: their number x ONSMQTT_MAX_QPS.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import upstream
from create_group_id_tools.failures.destination import Destination, record
from create_group_id_tools.template import deployment

ROOT = Path(__file__).parents[1]
TOOLS = "create_group_id_tools"


def main() -> None:
    """Fill a failure file, redrive it, and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    template = (ROOT / "template.yml").read_text(encoding="utf-8")
    deployed = deployment.for_events(deployment.read(template, os.environ, {}))
    pace = float(deployed.function.environment["ONSMQTT_MAX_QPS"])
    allowed = deployed.instances * pace
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "failures.jsonl")
        for number in range(count):
            collect(file, f"tenant-{number}", deployed.function.arn)
        options = ("--port", "0", "--on-failure", str(Path(folder, "new.jsonl")))
        with upstream.serving("-m", TOOLS, "serve", *options) as url:
            command = [sys.executable, "-m", TOOLS, "redrive", str(file), "--server", url]
            started = time.monotonic()
            subprocess.run(command, cwd=ROOT, check=True)
            seconds = time.monotonic() - started
    rate, instances = count / seconds, deployed.instances
    print(f"{instances} instances x {pace:g} calls per second allow {allowed:g} per second")
    print(
        f"{count} records in {seconds:.1f} s: {rate:.2f} per second, {rate / allowed:.0%} of that"
    )


def collect(file: Path, tenant: str, arn: str) -> None:
    """Add the failure record of a signup to a file."""
    event = {
        "specversion": "1.0",
        "id": tenant,
        "source": "com.example.signup",
        "type": "tenant.signup",
        "data": {"tenantId": tenant},
    }
    failed = record(
        request_id=tenant,
        arn=arn,
        event=json.dumps(event).encode(),
        result=None,
        condition="InvocationError",
        invocations=4,
        now=0,
    )
    Destination(file).add(failed)


if __name__ == "__main__":
    main()
