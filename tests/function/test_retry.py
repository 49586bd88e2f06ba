"""Repetition within the deadline: what is repeated, when, and what is answered in the end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.timing import backoff
from onsmqtt_stub import Fault
from tests.world import World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Sequence

THROTTLED = Fault("error", code="Throttling.User", status=400)
UNAVAILABLE = Fault("error", code="ServiceUnavailable", status=503)


def throttled(milliseconds: str, times: int | None = None) -> Fault:
    headers = {"x-acs-retry-after": milliseconds}
    return Fault("error", code="Throttling.User", status=400, headers=headers, times=times)


def starts(world: World) -> list[float]:
    """Return the moments at which calls reached the service, from the first."""
    times = [call.at for call in world.backend.journal]
    return [round(time - times[0], 6) for time in times]


def test_back_off_is_exponential_with_full_jitter(world: World) -> None:
    world.jitter = 1.0
    world.backend.set_faults([Fault("error", code="InternalError", status=500, times=6)])
    world.post({"GroupId": "GID_test"})
    assert starts(world) == [0, 0.4, 1.2, 2.8, 6.0, 11.0, 16.0]
    assert [backoff(n, lambda: 0.0) for n in (1, 2, 30)] == [0, 0, 0]
    assert backoff(10_000, lambda: 1.0) == 5.0


def test_the_upstreams_own_wait_is_honoured(world: World) -> None:
    world.jitter = 0.0
    world.backend.set_faults([throttled("2500", times=1)])
    assert world.post({"GroupId": "GID_test"})["Data"]["Outcome"] == "Created"
    assert starts(world) == [0, 2.5]


@pytest.mark.parametrize(
    ("header", "seconds"), (("600000", "600"), ("1200", "2"), ("1", "1"), ("-5", "1"), ("x", "1"))
)
def test_a_wait_beyond_the_deadline_is_passed_on(world: World, header: str, seconds: str) -> None:
    world.backend.set_faults([throttled(header)])
    answer = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=1))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (429, seconds)
    assert world.clock.now < 1


@pytest.mark.parametrize("timeout", (1, "3", 10, 60.0))
@pytest.mark.parametrize(
    "fault", (THROTTLED, UNAVAILABLE, Fault("delay", delay=99), Fault("refuse", delay=99))
)
def test_the_last_failure_is_answered_in_time(world: World, timeout: Any, fault: Fault) -> None:
    world.backend.set_faults([fault])
    answer = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=timeout))
    assert answer["statusCode"] in (429, 503, 504)
    assert world.clock.now <= float(timeout) - min(1, float(timeout) / 10)
    # Where the API throttles, the pace slows down, and its next call may not fit any more.
    assert world.clock.now > (0.25 if fault is THROTTLED else 0.4) * float(timeout)


@pytest.mark.parametrize(
    "timeout", (None, "", "soon", 0, -1, float("nan"), float("inf"), True, [60], "1e400")
)
def test_a_time_out_that_cannot_be_used_counts_as_3_s(world: World, timeout: Any) -> None:
    world.backend.set_faults([Fault("delay", delay=99)])
    world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=timeout))
    assert world.clock.now == pytest.approx(2.7, abs=0.01)


def test_no_attempt_without_a_useful_time(world: World) -> None:
    answer = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=0.2))
    assert (answer["statusCode"], world.calls) == (504, 0)
    assert '"Code":"DeadlineExceeded"' in answer["body"]
    assert '"Retryable":true' in answer["body"]
    assert "OutcomeUnknown" not in answer["body"]


def test_import_counts_where_no_initializer_ran(world: World) -> None:
    world.handler.import_seconds = 2.5
    event = an_http_event({"GroupId": "GID_test"})
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 504
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 200
    world.handler.import_seconds = 2.5
    world.handler.initialize(a_context())
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 409


def test_the_request_id_is_that_of_the_last_response(world: World) -> None:
    world.backend.set_faults(
        [
            Fault("error", code="InternalError", status=500, times=1),
            Fault("delay", delay=99),
        ]
    )
    error = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=3))
    assert '"Code":"UpstreamTimeout"' in error["body"]
    assert f'"RequestId":"{world.backend.journal[0].request_id}"' in error["body"]


def test_every_event_of_a_batch_is_tried_once_before_any_is_retried(world: World) -> None:
    world.backend.set_faults([Fault("error", code="InternalError", status=500, group_id="GID_bad")])
    batch = [a_cloud_event({"tenantId": name}) for name in ("bad", "good", "best")]
    failed = world.failed(batch, a_context(timeout=30))
    assert [(r["Index"], r["Error"]["Code"]) for r in failed["Results"]] == [
        (0, "UpstreamInternalError")
    ]
    assert world.backend.groups() == ["GID_good", "GID_best"]
    called_for = [call.group_id for call in world.backend.journal]
    assert called_for[:3] == ["GID_bad", "GID_good", "GID_best"]
    assert set(called_for[3:]) == {"GID_bad"}


def test_one_lost_answer_among_a_hundred_costs_one_more_call(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="after", times=1, skip=41)])
    batch = [a_cloud_event({"tenantId": f"tenant{n}"}) for n in range(100)]
    answer = world.handle(batch, a_context(timeout=60))
    assert answer["Success"]
    assert world.calls == 101
    outcomes = [result["Data"]["Outcome"] for result in answer["Results"]]
    assert outcomes == ["Created"] * 41 + ["Recovered"] + ["Created"] * 58


@pytest.mark.parametrize(("events", "timeout"), ((3, 5), (10, 12), (18, 6)))
def test_attempts_that_hang_leave_those_behind_them_time_for_theirs(
    world: World, events: int, timeout: int
) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "100"
    world.backend.set_faults([Fault("delay", delay=99, times=events - 1)])
    batch = [a_cloud_event({"tenantId": f"tenant{n}"}) for n in range(events)]
    failed = world.failed(batch, a_context(timeout=timeout))
    assert len({call.group_id for call in world.backend.journal}) == events
    codes = [result["Error"]["Code"] for result in failed["Results"]]
    assert codes == ["UpstreamTimeout"] * (events - 1)
    assert world.clock.now <= timeout - 0.5


def test_the_rest_of_a_batch_out_of_time_is_not_tried(world: World) -> None:
    batch = [a_cloud_event({"tenantId": f"tenant{n}"}) for n in range(100)]
    world.environ["ONSMQTT_MAX_QPS"] = "1"
    failed = world.failed(batch, a_context(timeout=12))
    assert world.calls == 11
    assert failed["Results"][0]["Index"] == 11
    assert {result["Error"]["Code"] for result in failed["Results"]} == {"DeadlineExceeded"}
    assert all(r["Error"]["Retryable"] for r in failed["Results"])
    assert len(failed["Results"]) + failed["Omitted"] == 89
    assert world.clock.now <= 11


def test_no_attempt_starts_when_the_sleep_before_it_took_what_was_left() -> None:
    with World() as world:
        world.clock.oversleep = 0.8
        world.backend.set_faults([throttled("1500")])
        answer = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=2.5))
    assert answer["statusCode"] == 429
    assert world.calls == 1
    assert "OutcomeUnknown" not in answer["body"]


def gaps(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize("qps", ("5", "2.5", "0.5", "10000"))
def test_calls_keep_the_pace_without_a_burst(world: World, qps: str) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = qps
    world.clock.now += 100  # a pause earns nothing
    batch = [{"tenantId": f"tenant{n}"} for n in range(8)]
    assert world.handle(batch)["Success"]
    assert gaps(starts(world)) == pytest.approx([1 / float(qps)] * 7)


def test_the_pace_holds_across_invocations_and_repetitions(world: World) -> None:
    world.jitter = 0.0
    world.backend.set_faults([Fault("error", code="InternalError", status=500, times=2)])
    for name in ("GID_one", "GID_two", "GID_three"):
        world.post({"GroupId": name})
    assert gaps(starts(world)) == pytest.approx([0.2] * 4)


def test_waiting_for_the_pace_counts_against_the_deadline(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "0.1"
    world.post({"GroupId": "GID_one"})
    answer = world.handle(an_http_event({"GroupId": "GID_two"}), a_context(timeout=5))
    assert (answer["statusCode"], world.calls, world.clock.now) == (504, 1, 0)


def test_a_later_event_of_the_batch_inherits_the_doubt(world: World) -> None:
    # The second event meets a terminal answer, the third the group, the first in its retry too.
    world.backend.set_faults(
        [
            Fault("reset", when="after", times=1, group_id="GID_lost"),
            Fault("error", code="NoPermission", status=403, times=1, group_id="GID_lost"),
        ]
    )
    request = {"GroupId": "GID_lost", "OnExisting": "Fail"}
    failed = world.failed([request, request, {"GroupId": "GID_lost"}])
    assert [(r["Error"]["Code"], r["Error"]["OutcomeUnknown"]) for r in failed["Results"]] == [
        ("GroupIdAlreadyExists", True),
        ("AccessDenied", True),
    ]
    assert failed["Omitted"] == 0
