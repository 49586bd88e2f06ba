from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import Fault

if TYPE_CHECKING:
    from tests.world import World

REQUEST = {"GroupId": "GID_test"}


def test_a_bare_request_gets_the_envelope(world: World) -> None:
    assert world.handle(REQUEST)["Data"]["Outcome"] == "Created"


def test_it_fails_on_an_existing_group_by_default(world: World) -> None:
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
def test_its_failure_is_returned(request_: dict[str, Any], code: str, world: World) -> None:
    assert world.handle(request_)["Error"]["Code"] == code


def test_so_is_a_failure_of_the_service(world: World) -> None:
    world.backend.set_faults([Fault("error", code="NoPermission", status=403)])
    assert world.handle(REQUEST)["Error"]["Code"] == "AccessDenied"


def test_with_on_failure_raise_it_is_an_event(world: World) -> None:
    world.environ["ON_FAILURE"] = "raise"
    assert world.failed({"GroupId": "x"})["Error"]["Code"] == "InvalidPayload"
    world.backend.add_group("GID_test")
    assert world.handle(REQUEST)["Data"]["Outcome"] == "AlreadyExists"
    assert world.failed(REQUEST | {"OnExisting": "Fail"})["Error"]["Code"] == "GroupIdAlreadyExists"


@pytest.mark.parametrize("wrong", ("Raise", "retrun", "raise,"))
def test_with_a_wrong_on_failure_nothing_is_lost(wrong: str, world: World) -> None:
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
def test_what_is_wrapped_or_marked_is_an_event(event: bytes, world: World) -> None:
    world.failed(event)
