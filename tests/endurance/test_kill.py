"""A short sweep of kills."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.endurance import kill
from tests.endurance.records import spread

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_killed_worker_loses_no_event(tmp_path: Path) -> None:
    kills = kill.workers(tmp_path / "workers", points=1, instants=2)
    assert kills.problems == []
    assert kills.count >= 5


def test_a_killed_server_loses_no_event(tmp_path: Path) -> None:
    kills = kill.servers(tmp_path, chains=1, length=2)
    assert kills.problems == []
    assert kills.count == 2
    assert kills.events > 10
    assert kills.failed > 0


def test_the_instants_are_spread_evenly() -> None:
    assert [spread(number) for number in range(1, 8)] == [
        0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875,
    ]  # fmt: skip
