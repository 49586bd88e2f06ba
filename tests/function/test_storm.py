"""The figures of docs/deploy.md for storms, with fewer signups, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.storm import Storm


class NoProgress:
    pos = 0

    def update(self, _steps: int) -> None:
        """Show nothing."""


def figures(signups: int, way: str) -> dict[str, Any]:
    return Storm(signups, way, 0.5).run(NoProgress())


@pytest.mark.parametrize("way", ("ideal", "bulk"))
def test_a_storm_uses_the_quota_and_loses_nothing(way: str) -> None:
    storm = figures(3000, way)
    assert (storm["lost"], storm["failed"]) == (0, 0)
    assert storm["quota"] >= 0.9
    assert storm["calls"] <= 1.12


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", ("ideal", "bulk"))
def test_callers_who_wait_lose_little_time(way: str) -> None:
    storm = figures(20_000, way)  # enough callers for a 99th percentile
    assert (storm["lost"], storm["failed"]) == (0, 0)
    assert storm["http_p99"] <= 1.5
    assert storm["http_refused"] <= 0.01


def test_a_queue_that_backs_off_loses_nothing() -> None:
    storm = figures(3000, "jittered")
    assert (storm["lost"], storm["failed"]) == (0, 0)


def test_the_bulk_queue_needs_at_most_a_tenth_of_the_invocations() -> None:
    assert figures(1000, "bulk")["invocations"] <= 0.1
