"""Accounts, instances and groups, and the three operations on groups. Knows no HTTP."""

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
    """No instance of that ID; the text says which there are."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class AccessKey:
    """A key of an account; with `security_token` a temporary one, until `expires_at` (epoch s)."""

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
    """An instance; without `independent_naming` its group IDs are unique across all such ones."""

    instance_id: str
    owner: str = ACCOUNT_ID
    region_id: str = REGION_ID
    independent_naming: bool = True
    groups: dict[str, Group] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Who calls, and through which region's endpoint; None where the host names no region."""

    account_id: str
    region_id: str | None = None


class State:
    """The state of OnsMqtt, with the one instance and the two keys that every stub begins with."""

    def __init__(self) -> None:
        self.keys = {key.access_key_id: key for key in ACCESS_KEYS}
        self.instances = {INSTANCE_ID: MqttInstance(INSTANCE_ID)}
        self.denied: set[tuple[str, str]] = set()
        self._global_names: dict[str, str] = {}

    @property
    def no_instance(self) -> str:
        """What to say of an instance that is not there."""
        known = ", ".join(f"{item.instance_id} ({item.region_id})" for item in self._first())
        return f"no such instance; known: {known}; add one with add_instance()"

    def _first(self) -> list[MqttInstance]:
        return list(self.instances.values())[:5]

    def instance(self, instance_id: str) -> MqttInstance:
        """Return an instance by ID; raises `UnknownInstance`."""
        if instance_id not in self.instances:
            raise UnknownInstance(self.no_instance)
        return self.instances[instance_id]

    def add_group(self, instance: MqttInstance, group_id: str, tags: Tags, now: float) -> None:
        """Put a group in place, unchecked."""
        instance.groups[group_id] = Group(group_id, instance.instance_id, int(now * 1000), tags)
        if not instance.independent_naming:
            self._global_names[group_id] = instance.owner

    def create_group(
        self, caller: Caller, instance_id: str, group_id: str, tags: Tags, now: float
    ) -> None:
        """Create a group; raise `ApiError` as documented."""
        if not _GROUP_ID.fullmatch(group_id):
            raise ApiError(
                "ParameterFieldCheckFailed",
                "GroupId must be GID_ or GID- and 3 to 60 letters, digits, hyphens or underscores",
            )
        instance = self._permitted(caller, "CreateGroupId", instance_id)
        if group_id in instance.groups:
            raise ApiError("GroupIdAlreadyExsited", "the instance has this group")
        if not instance.independent_naming and group_id in self._global_names:
            if self._global_names[group_id] != instance.owner:
                raise ApiError("GroupIdAlreadyUsedByOtherUsers", "another account has this name")
            raise ApiError("GroupIdAlreadyExsited", "another instance of the account has this name")
        self.add_group(instance, group_id, tags, now)

    def delete_group(
        self, caller: Caller, instance_id: str, group_id: str, missing_group_code: str
    ) -> None:
        """Delete a group; raise `ApiError` as documented."""
        instance = self._permitted(caller, "DeleteGroupId", instance_id)
        if group_id not in instance.groups:
            raise ApiError(missing_group_code, "the instance has no such group")
        del instance.groups[group_id]
        if not instance.independent_naming:
            del self._global_names[group_id]

    def list_groups(
        self, caller: Caller, instance_id: str, tags: Iterable[tuple[str, str]]
    ) -> tuple[MqttInstance, list[Group]]:
        """List the groups that carry all of `tags`, in order of creation."""
        instance = self._permitted(caller, "ListGroupId", instance_id)
        wanted = set(tags)
        return instance, [group for group in instance.groups.values() if wanted <= set(group.tags)]

    def _permitted(self, caller: Caller, action: str, instance_id: str) -> MqttInstance:
        instance = self.instances.get(instance_id)
        if instance is None:
            raise ApiError("InstanceNotFound", self.no_instance)
        if caller.region_id not in (None, instance.region_id):
            raise ApiError(
                "InstanceNotFound",
                f"the instance is in {instance.region_id}, the host is the endpoint of "
                f"{caller.region_id}; call the other endpoint, or add an instance there with "
                "add_instance(..., region_id=...)",
            )
        if caller.account_id != instance.owner:
            raise ApiError(
                "InstancePermissionCheckFailed",
                f"account {instance.owner} owns the instance, and the access key belongs to "
                f"{caller.account_id}; add an instance with add_instance(..., owner=...), or a key "
                "with add_key(AccessKey(..., account_id=...))",
            )
        if (caller.account_id, action) in self.denied:
            raise ApiError(
                "PermissionCheckFailed", f"the test denied the account {action} with deny()"
            )
        return instance
