"""The first inputs of each target find nothing; `make fuzz` runs millions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.targets import TARGETS

ROOT = Path(__file__).parents[2]
INPUTS = {"http": 500, "surroundings": 700, "tls": 40}


@pytest.mark.parametrize("name", TARGETS)
def test_the_first_inputs_find_nothing(name: str) -> None:
    # In a process of its own, since a target replaces the time of its process.
    count = str(INPUTS.get(name, 1000))
    completed = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", "--target", name, "--plain", count],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
