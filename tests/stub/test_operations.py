"""The three operations, and each of their documented errors."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from onsmqtt_stub import AccessKey, Backend, Settings, mock_onsmqtt
from tests.stub.client import HOST, INSTANCE, START, Client, Clock

if TYPE_CHECKING:
    import requests

UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
OTHER = "2000000000000002"


def code(response: requests.Response) -> tuple[int, str]:
    body = response.json()
    assert UUID.fullmatch(body["RequestId"])
    assert response.headers["x-acs-request-id"] == body["RequestId"]
    return response.status_code, body.get("Code", "")


def test_create_returns_only_the_request_id(client: Client) -> None:
    response = client.create()
    assert code(response) == (200, "")
    assert list(response.json()) == ["RequestId"]
    assert response.headers["Content-Type"] == "application/json;charset=utf-8"
    assert client.backend.groups() == ["GID_test"]


def test_create_twice(client: Client) -> None:
    client.create()
    response = client.create()
    assert code(response) == (400, "GroupIdAlreadyExsited")
    assert response.json()["Message"] == "The specified GroupId already exists."
    assert response.json()["HostId"] == HOST
    assert response.json()["Recommend"].endswith("?q=GroupIdAlreadyExsited")


def test_a_deleted_group_can_be_created_again(client: Client) -> None:
    client.create()
    assert code(client.v3("DeleteGroupId", GroupId="GID_test", InstanceId=INSTANCE)) == (200, "")
    assert client.backend.groups() == []
    assert code(client.create()) == (200, "")


def test_list_returns_every_group_with_its_times(client: Client) -> None:
    client.create("GID_one")
    client.backend.add_group("GID_two", tags={"stage": "prod"})
    body = client.v3("ListGroupId", InstanceId=INSTANCE).json()
    assert body["Data"] == [
        {
            "GroupId": "GID_one",
            "InstanceId": INSTANCE,
            "IndependentNaming": True,
            "CreateTime": int(START * 1000),
            "UpdateTime": int(START * 1000),
        },
        {
            "GroupId": "GID_two",
            "InstanceId": INSTANCE,
            "IndependentNaming": True,
            "CreateTime": int(START * 1000),
            "UpdateTime": int(START * 1000),
            "Tags": [{"TagKey": "stage", "TagValue": "prod"}],
        },
    ]


def test_list_by_get(client: Client) -> None:
    assert code(client.v3("ListGroupId", method="GET", InstanceId=INSTANCE)) == (200, "")


@pytest.mark.parametrize(
    "form",
    (
        {"Tag.1.Key": "k", "Tag.1.Value": "a b+*~/ä"},
        {"Tags": json.dumps([{"Key": "k", "Value": "a b+*~/ä"}])},
    ),
    ids=["as documented", "as SDK 1.7.1 sends them"],
)
def test_tags_are_kept_and_select(client: Client, form: dict[str, Any]) -> None:
    assert code(client.create(**form)) == (200, "")
    client.create("GID_bare")
    for tag, expected in ((form, ["GID_test"]), ({"Tag.1.Key": "k", "Tag.1.Value": "?"}, [])):
        data = client.v3("ListGroupId", InstanceId=INSTANCE, **tag).json()["Data"]
        assert [group["GroupId"] for group in data] == expected


def test_parameters_in_a_form_body(client: Client) -> None:
    assert code(client.v3(GroupId="GID_test", InstanceId=INSTANCE, form=True)) == (200, "")
    assert client.backend.groups() == ["GID_test"]


def test_malformed_tags_string_is_ignored(client: Client) -> None:
    assert code(client.create(Tags="k=v")) == (200, "")
    assert "Tags" not in client.v3("ListGroupId", InstanceId=INSTANCE).json()["Data"][0]


@pytest.mark.parametrize(
    "bad",
    (
        "GID_ab",
        "GID-ab",
        "gid_test",
        "XID_test",
        "GID_te.st",
        "GID_tést",
        "GID_" + "x" * 61,
        "GID_a\n",
    ),
)
def test_invalid_group_id(client: Client, bad: str) -> None:
    assert code(client.create(bad)) == (400, "ParameterFieldCheckFailed")


@pytest.mark.parametrize("good", ("GID_abc", "GID-abc", "GID_" + "x" * 60, "GID__-_"))
def test_shortest_and_longest_group_id(client: Client, good: str) -> None:
    assert code(client.create(good)) == (200, "")


def test_too_many_tags(client: Client) -> None:
    tags = {f"Tag.{n}.Key": f"k{n}" for n in range(1, 22)}
    assert code(client.create(**tags)) == (400, "ParameterFieldCheckFailed")
    del tags["Tag.21.Key"]
    assert code(client.create(**tags)) == (200, "")


def test_tag_without_a_key(client: Client) -> None:
    assert code(client.create(**{"Tag.1.Value": "v"})) == (400, "ParameterFieldCheckFailed")


@pytest.mark.parametrize("action", ("CreateGroupId", "DeleteGroupId", "ListGroupId"))
def test_unknown_instance_other_region_and_other_account(client: Client, action: str) -> None:
    client.backend.add_instance("mqtt-foreign", owner=OTHER)

    def call(instance: str, host: str = HOST) -> tuple[int, str]:
        return code(client.v3(action, GroupId="GID_test", InstanceId=instance, host=host))

    assert call("mqtt-none") == (400, "InstanceNotFound")
    assert call(INSTANCE, "onsmqtt.cn-beijing.aliyuncs.com") == (400, "InstanceNotFound")
    assert call("mqtt-foreign") == (400, "InstancePermissionCheckFailed")


def test_group_ids_are_global_only_without_independent_naming(client: Client) -> None:
    backend = client.backend
    backend.add_key(AccessKey("otherid", "othersecret", account_id=OTHER))
    backend.add_instance("mqtt-theirs", owner=OTHER, independent_naming=False)
    for instance in ("mqtt-ours1", "mqtt-ours2"):
        backend.add_instance(instance, independent_naming=False)

    def create(instance: str, **more: Any) -> tuple[int, str]:
        return code(client.v3(GroupId="GID_test", InstanceId=instance, **more))

    assert create("mqtt-theirs", key="otherid", secret="othersecret") == (200, "")
    assert create("mqtt-ours1") == (400, "GroupIdAlreadyUsedByOtherUsers")
    assert create(INSTANCE) == (200, "")
    delete: dict[str, Any] = {"key": "otherid", "secret": "othersecret"}
    client.v3("DeleteGroupId", GroupId="GID_test", InstanceId="mqtt-theirs", **delete)
    assert create("mqtt-ours1") == (200, "")
    assert create("mqtt-ours2") == (400, "GroupIdAlreadyExsited")


def test_delete_of_a_missing_group(client: Client) -> None:
    response = client.v3("DeleteGroupId", GroupId="GID_none", InstanceId=INSTANCE)
    assert code(response) == (400, "ResourcePermissionCheckFailed")


def test_error_for_a_missing_group_is_a_setting(clock: Clock) -> None:
    backend = Backend(clock=clock, settings=Settings(missing_group_code="GroupIdNotFound"))
    with mock_onsmqtt(backend):
        client = Client(backend, f"https://{HOST}")
        response = client.v3("DeleteGroupId", GroupId="GID_none", InstanceId=INSTANCE)
    assert code(response) == (400, "GroupIdNotFound")


def test_journal_records_calls_and_their_outcome(client: Client) -> None:
    created = client.create()
    client.create()
    client.v3("ListGroupId", InstanceId=INSTANCE)
    first, second, third = client.backend.journal
    assert (first.action, first.group_id, first.instance_id) == (
        "CreateGroupId",
        "GID_test",
        INSTANCE,
    )
    assert first.request_id == created.json()["RequestId"]
    assert (first.verdict, first.committed, first.status) == ("accepted", True, 200)
    assert first.at == START
    assert (second.verdict, second.committed, second.status) == (
        "GroupIdAlreadyExsited",
        False,
        400,
    )
    assert second.reason == "the instance already has this group"
    assert (third.verdict, third.committed) == ("accepted", False)


def test_reset_restores_the_first_state(client: Client) -> None:
    client.create()
    client.backend.deny("CreateGroupId")
    client.backend.reset()
    assert (client.backend.groups(), client.backend.journal) == ([], ())
    assert code(client.create()) == (200, "")
