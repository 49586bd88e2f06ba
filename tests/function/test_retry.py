"""Retries within the deadline: which failures, when, and the response in the end."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import payload
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
    """Return when each call reached the service, in seconds after the first."""
    times = [call.at for call in world.backend.journal]
    return [round(time - times[0], 6) for time in times]


def test_back_off_is_exponential_with_full_jitter(world: World) -> None:
    world.jitter = 1.0
    world.backend.set_faults([Fault("error", code="InternalError", status=500, times=6)])
    world.post({"GroupId": "GID_test"})
    assert starts(world) == [0, 0.4, 1.2, 2.8, 6.0, 11.0, 16.0]
    assert [backoff(n, lambda: 0.0) for n in (1, 2, 30)] == [0, 0, 0]
    assert backoff(10_000, lambda: 1.0) == 5.0


def test_waits_before_a_retry_as_long_as_the_openapi_asks(world: World) -> None:
    world.jitter = 0.0
    world.backend.set_faults([throttled("2500", times=1)])
    assert world.post({"GroupId": "GID_test"})["Data"]["Outcome"] == "Created"
    assert starts(world) == [0, 2.5]


@pytest.mark.parametrize(
    ("header", "seconds"), (("600000", "600"), ("1200", "2"), ("1", "1"), ("-5", "1"), ("x", "1"))
)
def test_passes_on_a_wait_beyond_the_deadline(world: World, header: str, seconds: str) -> None:
    world.backend.set_faults([throttled(header)])
    response = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=1))
    assert (response["statusCode"], response["headers"]["Retry-After"]) == (429, seconds)
    assert world.clock.now < 1


def test_passes_on_the_wait_of_any_failure(world: World) -> None:
    wait = {"Retry-After": "600"}
    world.backend.set_faults([Fault("error", code="ServiceUnavailable", status=503, headers=wait)])
    response = world.handle(an_http_event({"GroupId": "GID_test"}))
    assert (response["statusCode"], response["headers"]["Retry-After"]) == (503, "600")


@pytest.mark.parametrize("timeout", (1, "3", 10, 60.0))
@pytest.mark.parametrize(
    "fault", (THROTTLED, UNAVAILABLE, Fault("delay", delay=99), Fault("refuse", delay=99))
)
def test_returns_the_last_failure_in_time(world: World, timeout: Any, fault: Fault) -> None:
    world.backend.set_faults([fault])
    response = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=timeout))
    assert response["statusCode"] in (429, 503, 504)
    assert world.clock.now <= float(timeout) - min(1, float(timeout) / 10)
    # After throttling the pace is slower, and the next call may not be in time.
    assert world.clock.now > (0.25 if fault is THROTTLED else 0.4) * float(timeout)


@pytest.mark.parametrize(
    "timeout", (10**400, None, "", "soon", 0, -1, float("nan"), float("inf"), True, [60], "1e400")
)
def test_an_unusable_timeout_counts_as_3_s(world: World, timeout: Any) -> None:
    world.backend.set_faults([Fault("delay", delay=99)])
    world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=timeout))
    assert world.clock.now == pytest.approx(2.7, abs=0.01)


def test_makes_no_attempt_in_too_little_time(world: World) -> None:
    response = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=0.2))
    assert (response["statusCode"], world.calls) == (504, 0)
    assert '"Code":"DeadlineExceeded"' in response["body"]
    assert '"Retryable":true' in response["body"]
    assert "OutcomeUnknown" not in response["body"]


def test_the_import_counts_if_no_initializer_ran(world: World) -> None:
    world.handler.import_seconds = 2.5
    event = an_http_event({"GroupId": "GID_test"})
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 504
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 200
    world.handler.import_seconds = 2.5
    world.handler.initialize(a_context())
    assert world.handle(event, a_context(timeout=3))["statusCode"] == 409


def test_the_import_counts_for_the_first_invocation_only(world: World) -> None:
    world.handler.import_seconds = 0.5
    world.backend.set_faults([Fault("delay", delay=99)])
    world.handle({"GroupId": "GID_test"}, a_context(timeout=3))
    assert world.clock.now == pytest.approx(2.2, abs=0.01)
    world.handle({"GroupId": "GID_test"}, a_context(timeout=3))
    assert world.clock.now == pytest.approx(2.2 + 2.7, abs=0.02)


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
    called = [call.group_id for call in world.backend.journal]
    assert called[:3] == ["GID_bad", "GID_good", "GID_best"]
    assert set(called[3:]) == {"GID_bad"}


def test_one_lost_response_among_a_hundred_costs_one_more_call(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="after", times=1, skip=41)])
    batch = [a_cloud_event({"tenantId": f"tenant{n}"}) for n in range(100)]
    response = world.handle(batch, a_context(timeout=60))
    assert response["Success"]
    assert world.calls == 101
    outcomes = [result["Data"]["Outcome"] for result in response["Results"]]
    assert outcomes == ["Created"] * 41 + ["Recovered"] + ["Created"] * 58


@pytest.mark.parametrize(("events", "timeout"), ((3, 5), (10, 12), (18, 6)))
def test_attempts_that_hang_leave_time_for_later_events(
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


def test_attempts_that_hang_take_1_s_each_if_there_is_no_time_for_all(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "100"
    world.backend.set_faults([Fault("delay", delay=99)])
    world.failed([{"tenantId": f"tenant{n}"} for n in range(100)], a_context(timeout=6))
    assert world.starts == [0, 1, 2, 3, 4, 5]


def test_reports_events_that_were_not_tried_in_time(world: World) -> None:
    batch = [a_cloud_event({"tenantId": f"tenant{n}"}) for n in range(100)]
    world.environ["ONSMQTT_MAX_QPS"] = "1"
    failed = world.failed(batch, a_context(timeout=12))
    assert world.calls == 11
    assert failed["Results"][0]["Index"] == 11
    assert {result["Error"]["Code"] for result in failed["Results"]} == {"DeadlineExceeded"}
    assert all(r["Error"]["Retryable"] for r in failed["Results"])
    assert len(failed["Results"]) + failed["Omitted"] == 89
    assert world.clock.now <= 11


@pytest.mark.parametrize("seconds", (3, 4))
def test_validates_no_event_after_the_deadline(
    seconds: float, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = payload.read

    def read_slowly(*args: Any, **kwargs: Any) -> payload.Request:
        world.clock.sleep(seconds)
        return read(*args, **kwargs)

    monkeypatch.setattr(payload, "read", read_slowly)
    failed = world.failed([{"tenantId": ""}] * 4 + [{}], a_context(timeout=10))
    codes = [result["Error"]["Code"] for result in failed["Results"]]
    assert codes == [*["InvalidPayload"] * 3, "DeadlineExceeded", "UnknownEvent"]
    assert world.clock.now == 3 * seconds


def test_validates_a_single_event_without_time(world: World) -> None:
    world.handler.import_seconds = 60
    assert world.error({"tenantId": ""})["Code"] == "InvalidPayload"


def test_makes_no_attempt_after_a_sleep_that_took_too_long() -> None:
    with World() as world:
        world.clock.oversleep = 0.8
        world.backend.set_faults([throttled("1500")])
        response = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=2.5))
    assert response["statusCode"] == 429
    assert world.calls == 1
    assert "OutcomeUnknown" not in response["body"]


def gaps(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize("qps", ("5", "2.5", "0.5", "10000"))
def test_calls_keep_the_pace_without_a_burst(world: World, qps: str) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = qps
    world.clock.now += 100  # a pause allows no burst after it
    batch = [{"tenantId": f"tenant{n}"} for n in range(8)]
    assert world.handle(batch)["Success"]
    assert gaps(starts(world)) == pytest.approx([1 / float(qps)] * 7)


def test_the_pace_holds_across_invocations_and_retries(world: World) -> None:
    world.jitter = 0.0
    world.backend.set_faults([Fault("error", code="InternalError", status=500, times=2)])
    for name in ("GID_one", "GID_two", "GID_three"):
        world.post({"GroupId": name})
    assert gaps(starts(world)) == pytest.approx([0.2] * 4)


def test_waiting_for_the_pace_counts_against_the_deadline(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "0.1"
    world.post({"GroupId": "GID_one"})
    response = world.handle(an_http_event({"GroupId": "GID_two"}), a_context(timeout=5))
    assert (response["statusCode"], world.calls, world.clock.now) == (504, 1, 0)


def test_each_event_of_a_group_with_an_unknown_outcome_reports_it(world: World) -> None:
    # The second event gets a terminal failure; the third, and the first in its retry, the group.
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
