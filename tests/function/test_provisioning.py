"""Which requests share the outcome of a lost response, and which is retried first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from onsmqtt_stub import INSTANCE_ID, Fault
from tests.world import a_context

if TYPE_CHECKING:
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
