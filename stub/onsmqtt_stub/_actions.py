"""The actions of OnsMqtt 2020-04-20: those that the stub implements, and the names of the rest.

From the product's metadata (github.com/aliyun/aliyun-openapi-meta, metadatas/onsmqtt).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._models import MAX_TAGS, Tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from onsmqtt_stub._models import Caller, State
    from onsmqtt_stub._settings import StubSettings

VERSION = "2020-04-20"


class Action(NamedTuple):
    """An operation: HTTP methods, required parameters, RAM action, and whether it changes state."""

    methods: tuple[str, ...]
    required: tuple[str, ...]
    ram: str
    writes: bool
    run: Callable[[State, StubSettings, Caller, Mapping[str, str], float], dict[str, Any]]


def _create(
    state: State, _: StubSettings, caller: Caller, parameters: Mapping[str, str], now: float
) -> dict[str, Any]:
    tags = tags_of(parameters)
    state.create_group(
        caller, parameters.get("InstanceId", ""), parameters.get("GroupId", ""), tags, now
    )
    return {}


def _delete(
    state: State, settings: StubSettings, caller: Caller, parameters: Mapping[str, str], _: float
) -> dict[str, Any]:
    state.delete_group(
        caller,
        parameters.get("InstanceId", ""),
        parameters.get("GroupId", ""),
        settings.missing_group_code,
    )
    return {}


def _list(
    state: State, _: StubSettings, caller: Caller, parameters: Mapping[str, str], __: float
) -> dict[str, Any]:
    instance, groups = state.list_groups(
        caller, parameters.get("InstanceId", ""), tags_of(parameters)
    )
    data = []
    for group in groups:
        item: dict[str, Any] = {
            "GroupId": group.group_id,
            "InstanceId": group.instance_id,
            "IndependentNaming": instance.independent_naming,
            "CreateTime": group.created,
            "UpdateTime": group.created,
        }
        if group.tags:
            item["Tags"] = [{"TagKey": key, "TagValue": value} for key, value in group.tags]
        data.append(item)
    return {"Data": data}


def tags_of(parameters: Mapping[str, str]) -> Tags:
    """Read the tags, from `Tag.N.Key` and `Tag.N.Value` or from JSON in the string `Tags`.

    The first form is documented. SDK 1.7.1 sends the second, whose format is not documented: a
    string that is not a list of objects with Key and Value is ignored.
    """
    indexes = sorted(
        {
            int(parts[1])
            for parts in (name.split(".") for name in parameters if name.startswith("Tag."))
            if len(parts) == 3 and parts[1].isdecimal() and len(parts[1]) < 10
        }
    )
    tags = [
        (parameters.get(f"Tag.{index}.Key", ""), parameters.get(f"Tag.{index}.Value", ""))
        for index in indexes
    ]
    tags += _tags_in_json(parameters.get("Tags", ""))
    if len(tags) > MAX_TAGS:
        raise ApiError("ParameterFieldCheckFailed", f"there are more than {MAX_TAGS} tags")
    if not all(key for key, _ in tags):
        raise ApiError("ParameterFieldCheckFailed", "a tag has no key")
    return tuple(tags)


def _tags_in_json(text: str) -> list[tuple[str, str]]:
    try:
        tags = [(tag["Key"], tag.get("Value", "")) for tag in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []
    return [tag for tag in tags if all(isinstance(part, str) for part in tag)]


IMPLEMENTED = {
    "CreateGroupId": Action(
        ("POST",), ("GroupId", "InstanceId"), "mq:CreateMqttGroupId", writes=True, run=_create
    ),
    "DeleteGroupId": Action(
        ("POST",), ("GroupId", "InstanceId"), "mq:DeleteMqttGroupId", writes=True, run=_delete
    ),
    "ListGroupId": Action(
        ("GET", "POST"), ("InstanceId",), "mq:ListMqttGroupId", writes=False, run=_list
    ),
}

UNIMPLEMENTED = frozenset(
    """
    ActiveCaCertificate ActiveDeviceCertificate AddCustomAuthConnectBlack AddCustomAuthIdentity
    AddCustomAuthPermission ApplyToken BatchQuerySessionByClientIds CloseConnection
    DeleteCaCertificate DeleteCustomAuthConnectBlack DeleteCustomAuthIdentity
    DeleteCustomAuthPermission DeleteDeviceCertificate DisasterDowngrade DisasterRecovery
    GetCaCertificate GetDeviceCertificate GetDeviceCredential GetRegisterCode
    InactivateCaCertificate InactivateDeviceCertificate ListCaCertificate ListDeviceCertificate
    ListDeviceCertificateByCaSn ListDeviceCredentialClientId ListInstances ListTagResources
    QueryCustomAuthConnectBlack QueryCustomAuthIdentity QueryCustomAuthPermission
    QueryMqttTraceDevice QueryMqttTraceMessageOfClient QueryMqttTraceMessagePublish
    QueryMqttTraceMessageSubscribe QuerySessionByClientId QueryToken RefreshDeviceCredential
    RegisterCaCertificate RegisterDeviceCredential RevokeToken SendMessage SetSniConfig TagResources
    UnRegisterDeviceCredential UntagResources UpdateCustomAuthIdentity UpdateCustomAuthPermission
    """.split()  # noqa: SIM905 - 47 quoted names are harder to read
)
