"""An MQTT instance to check claims on, and the groups that the checks create there."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any

from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from create_group_id_tools.verification.onsmqtt_client import ApiResponse, OnsMqttClient

# Refused because it does not begin as a group ID must. A refused call is not billed.
_INVALID_GROUP_ID = "verify"


class InstanceProbe:
    """Calls about one instance. `left` names the groups that exist because of them."""

    def __init__(self, client: OnsMqttClient, instance_id: str, region_id: str) -> None:
        self.client, self.instance_id, self.region_id = client, instance_id, region_id
        self.left: list[str] = []
        self.longest_tags = {"k" * 128: "v" * 128, "k": ""}
        self._prefix = f"GID_verify_{secrets.token_hex(4)}"

    def group_id(self, suffix: str) -> str:
        """Return a group ID that nobody else uses."""
        return f"{self._prefix}_{suffix}"

    @cached_property
    def invalid_request(self) -> dict[str, str]:
        """Return the parameters of a call that the product refuses, after the gateway."""
        return {"InstanceId": self.instance_id, "GroupId": _INVALID_GROUP_ID}

    @cached_property
    def group(self) -> tuple[str, ApiResponse]:
        """Create a group as the function does; return its ID and the response."""
        group_id = self.group_id("group")
        return group_id, self.create(group_id, {})

    @cached_property
    def tagged_group(self) -> tuple[str, ApiResponse]:
        """Create a group with tags of the greatest and the smallest length."""
        group_id = self.group_id("tags")
        return group_id, self.create(group_id, self.longest_tags)

    def create(self, group_id: str, tags: Mapping[str, str]) -> ApiResponse:
        """Call CreateGroupId with the parameters that the function sends."""
        parameters = self._parameters(GroupId=group_id, RegionId=self.region_id)
        for number, (key, value) in enumerate(tags.items(), 1):
            parameters |= {f"Tag.{number}.Key": key, f"Tag.{number}.Value": value}
        is_new = group_id not in self.left
        if is_new:
            self.left.append(group_id)
        response = self.client.call("CreateGroupId", parameters)
        if is_new and 400 <= response.status < 500:
            self.left.remove(group_id)
        return response

    def refused(self, **options: Any) -> ApiResponse:
        """Call CreateGroupId with an invalid group ID; `options` are those of the client."""
        response = self.client.call("CreateGroupId", self.invalid_request, **options)
        if response.succeeded and _INVALID_GROUP_ID not in self.left:
            self.left.append(_INVALID_GROUP_ID)
        return response

    def delete(self, group_id: str) -> ApiResponse:
        """Call DeleteGroupId."""
        return self.client.call("DeleteGroupId", self._parameters(GroupId=group_id))

    def tags(self, group_id: str) -> dict[str, str] | None:
        """Return the tags of a group as ListGroupId returns them, or None."""
        fields = self.client.call("ListGroupId", self._parameters()).fields
        try:
            (group,) = (one for one in fields["Data"] if one["GroupId"] == group_id)
            return {tag["TagKey"]: tag["TagValue"] for tag in group["Tags"]}
        except (KeyError, TypeError, ValueError):
            return None

    def clean_up(self) -> list[str]:
        """Delete the groups that were created; return those that may still exist."""
        for group_id in tuple(self.left):
            try:
                deleted = self.delete(group_id).succeeded
            except CommandError:
                deleted = False
            if deleted:
                self.left.remove(group_id)
        return list(self.left)

    def _parameters(self, **parameters: str) -> dict[str, str]:
        return {"InstanceId": self.instance_id, **parameters}
