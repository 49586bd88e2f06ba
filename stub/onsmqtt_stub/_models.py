"""Accounts, MQTT instances and groups, and the three operations on groups. No HTTP here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from onsmqtt_stub._errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

INSTANCE_ID = "mqtt-cn-0pp1ldu0001"
REGION_ID = "cn-hangzhou"
ACCOUNT_ID = "1000000000000001"
MAX_TAGS = 20
_GROUP_ID = re.compile(r"GID[_-][A-Za-z0-9_-]{3,60}")

Tags = tuple[tuple[str, str], ...]


class UnknownInstance(KeyError):
    """There is no instance with this ID. The text lists those that exist."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class AccessKey:
    """An access key of an account.

    With a `security_token` it is temporary. It expires at `expires_at` (epoch seconds), if set.
    """

    access_key_id: str
    secret: str = field(repr=False)
    security_token: str | None = field(default=None, repr=False)
    account_id: str = ACCOUNT_ID
    active: bool = True
    expires_at: float | None = None


ACCESS_KEYS = (
    AccessKey("testid", "testsecret"),
    AccessKey("STS.testid", "testsecret", "testtoken"),
)


@dataclass(frozen=True)
class Group:
    """A group ID with its time of creation in epoch milliseconds."""

    group_id: str
    instance_id: str
    created: int
    tags: Tags = ()


@dataclass
class MqttInstance:
    """An MQTT instance.

    Group IDs are unique in the instance. Without `independent_naming` they are unique across all
    instances without it, also those of other accounts.
    """

    instance_id: str
    owner: str = ACCOUNT_ID
    region_id: str = REGION_ID
    independent_naming: bool = True
    groups: dict[str, Group] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """The account that calls, and the region of the endpoint, None if the host names none."""

    account_id: str
    region_id: str | None = None


class State:
    """The state of OnsMqtt. At first it has one instance and two access keys."""

    def __init__(self) -> None:
        self.keys = {key.access_key_id: key for key in ACCESS_KEYS}
        self.instances = {INSTANCE_ID: MqttInstance(INSTANCE_ID)}
        self.denied: set[tuple[str, str]] = set()
        self._global_names: dict[str, str] = {}

    @property
    def unknown_instance(self) -> str:
        """Return the text for an instance that does not exist. It lists the first five."""
        first = list(self.instances.values())[:5]
        known = ", ".join(f"{item.instance_id} ({item.region_id})" for item in first)
        return f"unknown instance; the backend has {known}; add one with add_instance()"

    def instance(self, instance_id: str) -> MqttInstance:
        """Return the instance with this ID. Raise `UnknownInstance` if there is none."""
        if instance_id not in self.instances:
            raise UnknownInstance(self.unknown_instance)
        return self.instances[instance_id]

    def add_group(self, instance: MqttInstance, group_id: str, tags: Tags, now: float) -> None:
        """Add a group without any check."""
        instance.groups[group_id] = Group(group_id, instance.instance_id, int(now * 1000), tags)
        if not instance.independent_naming:
            self._global_names[group_id] = instance.owner

    def create_group(
        self, caller: Caller, instance_id: str, group_id: str, tags: Tags, now: float
    ) -> None:
        """Create a group. Raise the documented `ApiError`."""
        if not _GROUP_ID.fullmatch(group_id):
            raise ApiError(
                "ParameterFieldCheckFailed",
                "GroupId must be GID_ or GID- and 3 to 60 letters, digits, hyphens or underscores",
            )
        instance = self._permitted(caller, "CreateGroupId", instance_id)
        if group_id in instance.groups:
            raise ApiError("GroupIdAlreadyExsited", "the instance already has this group")
        if not instance.independent_naming and group_id in self._global_names:
            if self._global_names[group_id] != instance.owner:
                raise ApiError(
                    "GroupIdAlreadyUsedByOtherUsers", "another account has this group ID"
                )
            raise ApiError(
                "GroupIdAlreadyExsited", "another instance of the account has this group ID"
            )
        self.add_group(instance, group_id, tags, now)

    def delete_group(
        self, caller: Caller, instance_id: str, group_id: str, missing_group_code: str
    ) -> None:
        """Delete a group. Raise the documented `ApiError`."""
        instance = self._permitted(caller, "DeleteGroupId", instance_id)
        if group_id not in instance.groups:
            raise ApiError(missing_group_code, "the instance has no such group")
        del instance.groups[group_id]
        if not instance.independent_naming:
            del self._global_names[group_id]

    def list_groups(
        self, caller: Caller, instance_id: str, tags: Iterable[tuple[str, str]]
    ) -> tuple[MqttInstance, list[Group]]:
        """List the groups that have all of `tags`, in order of creation."""
        instance = self._permitted(caller, "ListGroupId", instance_id)
        required = set(tags)
        return instance, [
            group for group in instance.groups.values() if required <= set(group.tags)
        ]

    def _permitted(self, caller: Caller, action: str, instance_id: str) -> MqttInstance:
        instance = self.instances.get(instance_id)
        if instance is None:
            raise ApiError("InstanceNotFound", self.unknown_instance)
        if caller.region_id not in (None, instance.region_id):
            raise ApiError(
                "InstanceNotFound",
                f"the instance is in {instance.region_id}, but the call came to the endpoint of "
                f"{caller.region_id}; call the endpoint of {instance.region_id}, or use "
                "add_instance(..., region_id=...)",
            )
        if caller.account_id != instance.owner:
            raise ApiError(
                "InstancePermissionCheckFailed",
                f"the instance belongs to account {instance.owner}, but the access key to "
                f"{caller.account_id}; use add_instance(..., owner=...), or "
                "add_key(AccessKey(..., account_id=...))",
            )
        if (caller.account_id, action) in self.denied:
            raise ApiError(
                "PermissionCheckFailed", f'the test denied this action with deny("{action}")'
            )
        return instance
