"""Constants of the project: its folders, its runtimes, the home, the simulated cloud account."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
SAMPLES = ROOT / "events"

RUNTIMES = ("python3.10", "python3.12")
# The same as in the stub.
ACCOUNT_ID = "1000000000000001"
REGION_ID = "cn-hangzhou"
INSTANCE_ID = "mqtt-cn-0pp1ldu0001"


def home() -> Path:
    """Return the user's home; `~`, which is no folder, for a user of a container without one."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home would raise
