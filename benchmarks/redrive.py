"""`redrive` against `serve` as template.yml deploys it: `python benchmarks/redrive.py [RECORDS]`.

Prints how much it used of what the function's instances allow: their number times ONSMQTT_MAX_QPS.
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

from create_group_id_tools.failures.destination import Destination, record
from create_group_id_tools.template import deployment

ROOT = Path(__file__).parents[1]
TOOLS = (sys.executable, "-m", "create_group_id_tools")


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
        server = subprocess.Popen(
            [*TOOLS, "serve", "--port", "0", "--on-failure", str(Path(folder, "new.jsonl"))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout  # noqa: S101 - it is a pipe
        try:
            url = server.stdout.readline().strip()
            started = time.monotonic()
            subprocess.run([*TOOLS, "redrive", str(file), "--server", url], cwd=ROOT, check=True)
            seconds = time.monotonic() - started
        finally:
            server.terminate()
            server.communicate()
    print(f"{deployed.instances} instances of {pace:g} calls a second allow {allowed:g} a second")
    print(f"{count} records in {seconds:.1f} s: {count / seconds:.2f} a second, ", end="")
    print(f"{count / seconds / allowed:.0%} of that")


def collect(file: Path, tenant: str, arn: str) -> None:
    """Add the record of a failed signup."""
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
