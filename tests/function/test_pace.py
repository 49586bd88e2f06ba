"""The pace of the calls of an instance: at its ceiling, slower after a throttle, back in 30 s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from create_group_id.timing import Deadline, Pacer
from onsmqtt_stub import Fault
from tests.world import a_context

if TYPE_CHECKING:
    from tests.world import World

CEILINGS = (0.1, 0.5, 1.0, 1.1, 1.5, 2.0, 3.5, 5.0, 10.0, 10_000.0)


def pace(pacer: Pacer, now: float, ceiling: float) -> float:
    return 1 / pacer.interval(now, ceiling)


@given(
    ceiling=st.one_of(st.sampled_from(CEILINGS), st.floats(0.01, 10_000)),
    throttles=st.lists(st.floats(0, 20), min_size=1, max_size=12),
)
def test_a_throttle_slows_the_pace_within_its_bounds(
    ceiling: float, throttles: list[float]
) -> None:
    pacer, now = Pacer(), 100.0
    assert pace(pacer, now, ceiling) == pytest.approx(ceiling)
    for pause in throttles:
        now += pause
        before = pace(pacer, now, ceiling)
        pacer.slow_down(now, ceiling, 0.0)
        slowest = min(1.0, ceiling)
        assert pace(pacer, now, ceiling) < before or before == pytest.approx(slowest)
        assert slowest * (1 - 1e-9) <= pace(pacer, now, ceiling) <= ceiling * (1 + 1e-9)
    assert pace(pacer, now + 30, ceiling) == pytest.approx(ceiling)


@pytest.mark.parametrize("ceiling", CEILINGS)
def test_the_pace_is_back_at_its_ceiling_within_30_s(ceiling: float) -> None:
    pacer = Pacer()
    for _ in range(40):
        pacer.slow_down(0.0, ceiling, 0.0)
    assert pace(pacer, 0.0, ceiling) == pytest.approx(min(1.0, ceiling))
    assert pace(pacer, 30.0, ceiling) == pytest.approx(ceiling)


def test_the_pace_recovers_evenly() -> None:
    pacer = Pacer()
    for _ in range(40):
        pacer.slow_down(100.0, 5.0, 0.0)
    assert [pace(pacer, 100 + seconds, 5.0) for seconds in (6.25, 12.5, 18.75)] == [2, 3, 4]


def test_the_first_call_starts_now() -> None:
    assert Pacer().next_start(7.0, 5.0) == 7.0


def time_left(timeout: float) -> float:
    return Deadline.from_context(a_context(timeout=timeout), 100.0, lambda: 100.0).remaining()


@pytest.mark.parametrize(("timeout", "reserve"), ((600, 1), (60, 1), (10, 1), (5, 0.5), (0.5, 0.1)))
def test_a_tenth_of_the_timeout_is_kept_to_respond_in(timeout: float, reserve: float) -> None:
    assert time_left(timeout) == pytest.approx(timeout - reserve)


def test_half_of_a_very_short_timeout_is_kept_to_respond_in() -> None:
    assert time_left(0.1) == pytest.approx(0.05)


@pytest.mark.parametrize("header", ("x-acs-retry-after", "Retry-After"))
def test_the_wait_after_a_throttle_delays_every_call(header: str, world: World) -> None:
    seconds = {"x-acs-retry-after": "7000", "Retry-After": "7"}[header]
    world.backend.set_faults(
        [Fault("error", code="Throttling.User", status=400, headers={header: seconds}, times=1)]
    )
    assert world.handle([{"tenantId": "one1"}, {"tenantId": "two2"}])["Success"]
    assert world.starts[0] == 0
    assert min(world.starts[1:]) >= 7


@pytest.mark.parametrize(
    ("waits", "expected"),
    (
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "3", "x-acs-retry-after": "4000"}, 4.0),
        ({"Retry-After": "Tue, 24 Nov 2026 00:00:09 GMT"}, 9.0),
        ({"Retry-After": "Tue, 24 Nov 2026 00:10:05 GMT",
          "Date": "Tue, 24 Nov 2026 00:10:00 GMT"}, 5.0),
        ({"Retry-After": "Mon, 23 Nov 2026 00:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": ","}, 0.0),
    ),
)  # fmt: skip
def test_waits_as_long_as_the_response_says(
    waits: dict[str, str], expected: float, world: World
) -> None:
    # RFC 9110, 10.2.3: seconds or a date.
    world.jitter = 0.0
    world.environ["ONSMQTT_MAX_QPS"] = "10000"
    world.backend.set_faults(
        [Fault("error", code="ServiceUnavailable", status=503, headers=waits, times=1)]
    )
    assert world.post({"GroupId": "GID_test"})["Success"]
    assert world.starts[1] == pytest.approx(expected, abs=0.001)
