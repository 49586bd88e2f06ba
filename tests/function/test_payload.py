"""Payloads: the violations of an invalid one, and what a valid one sends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from create_group_id import schema, settings
from create_group_id.payload import FAIL, SUCCEED, read
from onsmqtt_stub import INSTANCE_ID
from tests.world import World, a_cloud_event

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP: dict[str, Any] = {"GroupId": "GID_test"}
TENANT: dict[str, Any] = {"tenantId": "test"}
A_TAG = {"Key": "k", "Value": "v"}
NOT_STRINGS: tuple[object, ...] = (None, 7, True, [], {})


def violations(world: World, payload: object) -> list[tuple[str, str]]:
    """POST a payload that must be invalid, which may cost no call; return its violations."""
    error = world.post(payload)["Error"]
    assert error["Code"] == "InvalidPayload"
    assert (error["HttpStatus"], error["Retryable"]) == (400, False)
    assert world.calls == 0
    return [(v["Pointer"], v["Keyword"]) for v in error["Violations"]]


WRONG_REQUESTS: tuple[tuple[dict[str, Any], list[tuple[str, str]]], ...] = (
    ({}, [("/GroupId", "required")]),
    *(
        ({"GroupId": group_id}, [("/GroupId", "pattern")])
        for group_id in (
            "",
            "GID_ab",  # 6 characters
            "GID_" + "a" * 61,  # 65
            "gid_test",
            "GIDtest",
            "GID.test",
            "GID_te st",
            "GID_test\n",  # $ alone would let it pass
            " GID_test",
            "GID_t\u00e9st",
            "GID_te\x00st",
            "GID_\u0661\u0662\u0663",  # digits, but not of ASCII
        )
    ),
    *(({"GroupId": group_id}, [("/GroupId", "type")]) for group_id in NOT_STRINGS),
    *(
        (GROUP | {"InstanceId": instance}, [("/InstanceId", "pattern")])
        for instance in ("", "a" * 65, "mqtt cn", "mqtt-cn\n", "mqtt&GroupId=GID_x", "\u00e9")
    ),
    (GROUP | {"InstanceId": None}, [("/InstanceId", "type")]),
    *(
        (GROUP | {"RegionId": region}, [("/RegionId", "enum")])
        for region in ("", "cn-nowhere-1", "CN-HANGZHOU", "cn-hangzhou\n", "cn-hangzhou.evil.com")
    ),
    (GROUP | {"RegionId": 7}, [("/RegionId", "type")]),
    (GROUP | {"Tags": {}}, [("/Tags", "type")]),
    (GROUP | {"Tags": [A_TAG] * 21}, [("/Tags", "maxItems")]),
    (GROUP | {"Tags": [7]}, [("/Tags/0", "type")]),
    (GROUP | {"Tags": [A_TAG, {"Key": "other"}]}, [("/Tags/1/Value", "required")]),
    (GROUP | {"Tags": [{"Value": "v"}]}, [("/Tags/0/Key", "required")]),
    (GROUP | {"Tags": [{"Key": 7, "Value": "v"}]}, [("/Tags/0/Key", "type")]),
    (GROUP | {"Tags": [{"Key": "k", "Value": None}]}, [("/Tags/0/Value", "type")]),
    (GROUP | {"Tags": [A_TAG | {"Scope": "s"}]}, [("/Tags/0", "additionalProperties")]),
    *(
        (GROUP | {"OnExisting": choice}, [("/OnExisting", "enum")])
        for choice in ("succeed", "", None, True)
    ),
    (GROUP | {"Other": 1, "Another": 2}, [("", "additionalProperties")] * 2),
    (
        {"GroupId": "GID_te\nst", "InstanceId": "a\n"},
        [("/GroupId", "pattern"), ("/InstanceId", "pattern")],
    ),
    (GROUP | TENANT | {"tenantId": 7}, [("/tenantId", "type")]),
)
WRONG_SIGNUPS: tuple[tuple[dict[str, Any], list[tuple[str, str]]], ...] = (
    ({"tenantId": ""}, [("/tenantId", "minLength")]),
    ({"tenantId": None}, [("/tenantId", "type")]),
    (TENANT | {"instanceId": "a b"}, [("/instanceId", "pattern")]),
    (TENANT | {"instanceId": 7}, [("/instanceId", "type")]),
    (TENANT | {"regionId": "cn-nowhere-1"}, [("/regionId", "enum")]),
    (TENANT | {"regionId": None}, [("/regionId", "type")]),
    (TENANT | {"tags": [A_TAG] * 21}, [("/tags", "maxItems")]),
    (TENANT | {"tags": [{}]}, [("/tags/0/Key", "required"), ("/tags/0/Value", "required")]),
    (TENANT | {"tags": [A_TAG | {"key": "k"}]}, [("/tags/0", "additionalProperties")]),
)


@pytest.mark.parametrize(
    ("payload", "wrong"),
    (*WRONG_REQUESTS, *WRONG_SIGNUPS),
    ids=range(len(WRONG_REQUESTS) + len(WRONG_SIGNUPS)),
)
def test_reports_each_violation_and_its_place(
    payload: object, wrong: list[tuple[str, str]], world: World
) -> None:
    assert violations(world, payload) == wrong


@pytest.mark.parametrize("group_id", ("GID_abc", "GID-" + "a" * 60, "GID_A-b_9", "GID---_"))
def test_accepts_each_group_id_that_the_documents_allow(group_id: str, world: World) -> None:
    assert world.post({"GroupId": group_id})["Data"]["GroupId"] == group_id


def test_pointers_start_at_the_payload_and_not_at_its_wrapping(world: World) -> None:
    error = world.error(
        a_cloud_event({"systemProperties": {}, "body": {"GroupId": "x"}}, "mq:Topic:SendMessage")
    )
    assert [v["Pointer"] for v in error["Violations"]] == ["/GroupId"]


@pytest.mark.parametrize(
    ("payload", "hint"),
    (
        ({"groupId": "GID_test"}, "differs from GroupId only in case"),
        (GROUP | {"instanceid": INSTANCE_ID}, "differs from InstanceId only in case"),
        (GROUP | {"Action": "CreateGroupId"}, "Action or Version, which the function sets itself"),
        (GROUP | {"Version": "2020-04-20"}, "Action or Version, which the function sets itself"),
        (GROUP | {"Tag": []}, "the known ones are GroupId, InstanceId, RegionId, Tags, OnExisting"),
        (GROUP | {"Tags": [{"key": "k", "Value": "v"}]}, "differs from Key only in case"),
    ),
)
def test_hints_at_common_mistakes(payload: object, hint: str, world: World) -> None:
    messages = [
        violation["Message"]
        for violation in world.post(payload)["Error"]["Violations"]
        if violation["Keyword"] == "additionalProperties"
    ]
    assert len(messages) == 1
    assert hint in messages[0]


@pytest.mark.parametrize(
    ("payload", "message"),
    (
        ({"GroupId": 1}, "must be of type string"),
        ({"GroupId": "x"}, "must be GID_ or GID-, then 3 to 60 letters, digits, - or _"),
        (GROUP | {"InstanceId": "?"}, "must be 1 to 64 letters, digits, - or _"),
        (GROUP | {"OnExisting": "x"}, "must be Fail or Succeed"),
        (GROUP | {"Tags": [A_TAG] * 21}, "must have at most 20 items"),
        (GROUP | {"Tags": [A_TAG | {"Key": ""}]}, "must not be empty"),
        (GROUP | {"Tags": [A_TAG | {"Key": "k" * 129}]}, "must have at most 128 characters"),
        (GROUP | {"Tags": [A_TAG | {"Value": "\n"}]}, "must not contain control characters"),
        (GROUP | {"Tags": [A_TAG, A_TAG]}, "must not repeat the key of an earlier tag"),
    ),
)
def test_a_message_says_what_is_allowed(payload: object, message: str, world: World) -> None:
    violations = world.post(payload)["Error"]["Violations"]
    assert [violation["Message"] for violation in violations] == [message]


def test_compares_the_keys_of_twenty_tags(world: World) -> None:
    repeated = [(f"/Tags/{n}/Key", "uniqueItems") for n in range(1, 20)]
    assert violations(world, GROUP | {"Tags": [A_TAG] * 20}) == repeated


@pytest.mark.parametrize("tag", (A_TAG, 7))
def test_checks_no_tag_if_there_are_too_many(tag: object, world: World) -> None:
    assert violations(world, GROUP | {"Tags": [tag] * 21}) == [("/Tags", "maxItems")]


def test_a_violation_echoes_neither_a_value_nor_an_unknown_name(world: World) -> None:
    payload = {
        "canary1": 1,
        "GroupId": "canary2",
        "InstanceId": "canary 3",
        "RegionId": "canary4",
        "Tags": [{"canary5": "canary6", "Key": ["canary7"]}, "canary8"],
        "OnExisting": "canary9",
    }
    assert "canary" not in json.dumps(world.post(payload))
    assert "canary" not in json.dumps(world.post({"tenantId": ["canary"], "tags": "canary"}))


def test_a_missing_instance_is_a_violation(world: World) -> None:
    world.environ.clear()
    assert violations(world, GROUP) == [("/InstanceId", "required")]
    assert violations(world, TENANT) == [("/instanceId", "required")]
    assert violations(world, {}) == [("/GroupId", "required"), ("/InstanceId", "required")]


@pytest.fixture
def sent(world: World) -> Iterator[list[dict[str, str]]]:
    """Respond to every call as the service would; return their parameters."""
    calls: list[dict[str, str]] = []

    def respond(request: Any) -> tuple[int, dict[str, str], str]:
        url = urlsplit(request.url)
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs)
        calls.append(dict(pairs) | {"": f"{url.scheme}://{url.netloc}{url.path}"})
        return 200, {}, '{"RequestId": "2C7D722D-0F3D-4415-A9CD-A464D82C0000"}'

    with responses.RequestsMock() as front:
        front.add_callback(responses.POST, re.compile(".*"), respond)
        yield calls
    assert world.calls == 0


def test_sends_every_property_of_a_request(sent: list[dict[str, str]], world: World) -> None:
    request = GROUP | {
        "InstanceId": "post-cn-1",
        "RegionId": "ap-southeast-1",
        "Tags": [{"Key": "a b", "Value": "c+d*~/\u00e4"}, {"Key": "&x=1", "Value": ""}],
        "OnExisting": "Fail",  # decides what an existing group means; it is not a parameter
    }
    assert request.keys() == schema.load("request.json")["properties"].keys()
    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "*"
    world.post(request)
    assert sent == [
        {
            "": "https://onsmqtt.ap-southeast-1.aliyuncs.com/",
            "GroupId": "GID_test",
            "InstanceId": "post-cn-1",
            "RegionId": "ap-southeast-1",
            "Tag.1.Key": "a b",
            "Tag.1.Value": "c+d*~/\u00e4",
            "Tag.2.Key": "&x=1",
            "Tag.2.Value": "",
        }
    ]


def test_sends_every_property_of_a_signup(sent: list[dict[str, str]], world: World) -> None:
    signup = TENANT | {"instanceId": "mqtt-2", "regionId": "cn-beijing", "tags": [A_TAG]}
    assert signup.keys() == schema.load("signup.json")["properties"].keys()
    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "*"
    world.post(signup | {"plan": {"seats": 3}})
    assert sent[0] == {
        "": "https://onsmqtt.cn-beijing.aliyuncs.com/",
        "GroupId": "GID_test",
        "InstanceId": "mqtt-2",
        "RegionId": "cn-beijing",
        "Tag.1.Key": "k",
        "Tag.1.Value": "v",
    }


def test_sends_twenty_tags(sent: list[dict[str, str]], world: World) -> None:
    world.post(GROUP | {"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(20)]})
    assert sent[0]["Tag.20.Key"] == "k19"


@pytest.mark.parametrize(
    ("choice", "default", "other"), (("Fail", FAIL, SUCCEED), ("Succeed", SUCCEED, FAIL))
)
def test_a_request_may_choose_what_is_the_default(choice: str, default: str, other: str) -> None:
    environ = settings.load({"ONSMQTT_INSTANCE_ID": "mqtt", "ONSMQTT_REGION_ID": "cn"}, None)
    implied = read(GROUP, environ, is_signup=False, on_existing=default)
    chosen = GROUP | {"OnExisting": choice}
    assert read(chosen, environ, is_signup=False, on_existing=other) == implied


def test_tags_of_an_existing_group_are_not_changed(world: World) -> None:
    world.backend.add_group("GID_test", tags={"stage": "old"})
    tags = [{"Key": "stage", "Value": "new"}]
    envelope = world.post(GROUP | {"OnExisting": "Succeed", "Tags": tags})
    assert envelope["Data"]["Outcome"] == "AlreadyExists"
    group = world.backend.state.instances[INSTANCE_ID].groups["GID_test"]
    assert group.tags == (("stage", "old"),)
