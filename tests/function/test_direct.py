"""Direct invocations: the envelope is returned, unless ON_FAILURE is `raise`."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import Fault

if TYPE_CHECKING:
    from tests.world import World

REQUEST = {"GroupId": "GID_test"}


def test_a_direct_invocation_returns_the_envelope(world: World) -> None:
    assert world.handle(REQUEST)["Data"]["Outcome"] == "Created"


def test_a_direct_invocation_fails_on_an_existing_group_by_default(world: World) -> None:
    world.backend.add_group("GID_test")
    assert world.handle(REQUEST)["Error"]["Code"] == "GroupIdAlreadyExists"
    assert world.handle(REQUEST | {"OnExisting": "Succeed"})["Data"]["Outcome"] == "AlreadyExists"


@pytest.mark.parametrize(
    ("request_", "code"),
    (
        ({"GroupId": "x"}, "InvalidPayload"),
        ({"GroupId": None}, "InvalidPayload"),
        ({"groupid": "GID_test"}, "InvalidPayload"),
        ({"GroupId": "GID_test", "InstanceId": "mqtt-cn-other"}, "InstanceNotAllowed"),
    ),
)
def test_a_direct_invocation_returns_its_failure(
    request_: dict[str, Any], code: str, world: World
) -> None:
    assert world.handle(request_)["Error"]["Code"] == code


def test_on_failure_return_returns_the_failure_of_a_direct_invocation(world: World) -> None:
    world.environ["ON_FAILURE"] = "return"
    assert world.handle({"GroupId": "x"})["Error"]["Code"] == "InvalidPayload"


def test_a_direct_invocation_returns_a_failure_of_the_service(world: World) -> None:
    world.backend.set_faults([Fault("error", code="NoPermission", status=403)])
    assert world.handle(REQUEST)["Error"]["Code"] == "AccessDenied"


def test_on_failure_raise_makes_a_direct_invocation_an_event(world: World) -> None:
    world.environ["ON_FAILURE"] = "raise"
    assert world.failed({"GroupId": "x"})["Error"]["Code"] == "InvalidPayload"
    world.backend.add_group("GID_test")
    assert world.handle(REQUEST)["Data"]["Outcome"] == "AlreadyExists"
    assert world.failed(REQUEST | {"OnExisting": "Fail"})["Error"]["Code"] == "GroupIdAlreadyExists"


@pytest.mark.parametrize("wrong", ("Raise", "retrun", "raise,"))
def test_a_direct_invocation_raises_with_a_wrong_on_failure(wrong: str, world: World) -> None:
    world.environ["ON_FAILURE"] = wrong
    error = world.error(REQUEST)
    assert error["Code"] == "ConfigurationError"
    assert "ON_FAILURE" in error["Message"]
    assert wrong not in error["Message"]


@pytest.mark.parametrize(
    "event",
    (
        json.dumps(json.dumps({"GroupId": "x"})).encode(),
        base64.b64encode(json.dumps({"GroupId": "x"}).encode()),
        b'[{"GroupId": "x"}]',
        b'{"body": {"GroupId": "x"}}',
        b'{"GroupId": "x", "tenantId": 7}',
        b'{"GroupId": "x", "TopicOwner": "1", "Message": "{}"}',
        b'{"GroupId": "x", "specversion": "1.0"}',
    ),
)
def test_a_wrapped_or_marked_request_is_an_event(event: bytes, world: World) -> None:
    world.failed(event)
