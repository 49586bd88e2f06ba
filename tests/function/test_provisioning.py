"""What one event of a batch means for another, and what is retried when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import INSTANCE_ID, Fault
from tests.world import RecordingClient, a_context, an_http_event

if TYPE_CHECKING:
    from create_group_id.payload import Request
    from tests.world import World

REQUEST = {"GroupId": "GID_test", "OnExisting": "Succeed"}
LOST = Fault("reset", when="after", times=1)


def test_a_lost_response_says_nothing_about_another_instance(world: World) -> None:
    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "*"
    world.backend.add_instance("mqtt-2")
    world.backend.add_group("GID_test", "mqtt-2")
    world.backend.set_faults([LOST])
    batch = [REQUEST | {"InstanceId": name} for name in (INSTANCE_ID, "mqtt-2")]
    results = world.handle(batch)["Results"]
    assert [result["Data"]["Outcome"] for result in results] == ["Recovered", "AlreadyExists"]


def test_a_lost_response_says_nothing_about_another_region(world: World) -> None:
    not_found = Fault("error", code="InstanceNotFound", status=400)
    world.backend.set_faults([LOST, not_found])
    batch = [REQUEST, REQUEST | {"RegionId": "cn-beijing"}]
    first, second = (result["Error"] for result in world.failed(batch)["Results"])
    assert first["OutcomeUnknown"]
    assert "OutcomeUnknown" not in second


def test_retries_first_what_may_be_retried_first(world: World) -> None:
    soon = Fault("error", code="ServiceUnavailable", status=503, times=1, group_id="GID_soon")
    late = replace(soon, group_id="GID_late", headers={"retry-after": "20"})
    world.backend.set_faults([soon, late])
    batch = [REQUEST | {"GroupId": name} for name in ("GID_late", "GID_soon")]
    assert world.handle(batch, a_context(timeout=60))["Success"]
    called = [call.group_id for call in world.backend.journal]
    assert called == ["GID_late", "GID_soon", "GID_soon", "GID_late"]
    assert 20 <= world.clock.now < 26


def test_a_group_that_another_event_creates_is_no_unknown_outcome(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="before", times=1)])
    results = world.handle([REQUEST, REQUEST])["Results"]
    assert [result["Data"]["Outcome"] for result in results] == ["AlreadyExists", "Created"]


def test_the_request_id_of_a_group_that_exists(world: World) -> None:
    world.backend.add_group("GID_test")
    assert world.post(REQUEST)["RequestId"] == world.backend.journal[-1].request_id


def test_retries_another_failure_after_one_that_is_retried_once(world: World) -> None:
    world.backend.set_faults(
        [
            Fault("error", code="SignatureNonceUsed", status=400, times=1),
            Fault("error", code="ServiceUnavailable", status=503, times=1),
        ]
    )
    assert world.post(REQUEST)["Success"]
    assert world.calls == 3


def test_a_bug_in_one_call_loses_no_other_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = RecordingClient.create_group_id

    def create_or_raise(client: RecordingClient, request: Request, *args: Any) -> str:
        if request.group_id == "GID_bug":
            raise ZeroDivisionError
        return create(client, request, *args)

    monkeypatch.setattr(RecordingClient, "create_group_id", create_or_raise)
    failed = world.failed([REQUEST | {"GroupId": name} for name in ("GID_bug", "GID_test")])
    assert [(r["Index"], r["Error"]["Code"]) for r in failed["Results"]] == [(0, "InternalError")]
    assert world.backend.groups() == ["GID_test"]


@pytest.mark.parametrize(("used", "calls"), ((2.0, 1), (2.0 + 2**-20, 0)))
def test_an_attempt_starts_with_a_quarter_of_a_second_left(
    used: float, calls: int, world: World
) -> None:
    # Of 2.5 s a tenth is the reserve; all these numbers are exact in binary.
    world.handler.import_seconds = used
    world.handle(an_http_event(REQUEST), a_context(timeout=2.5))
    assert world.calls == calls


def test_does_not_sleep_before_a_call_that_may_start_now(world: World) -> None:
    world.clock.oversleep = 1.0
    world.post(REQUEST)
    assert world.clock.now == 0


def test_a_single_attempt_has_all_the_time_also_at_a_slow_pace(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "0.1"
    world.backend.set_faults([Fault("delay", delay=3, times=1)])
    assert world.handle(an_http_event(REQUEST), a_context(timeout=6))["statusCode"] == 200
    assert world.calls == 1
