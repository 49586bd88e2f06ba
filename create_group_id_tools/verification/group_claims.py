"""Claims about groups. The checks create three groups, which are billed, and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from create_group_id_tools.verification.claim import Claim, NotCheckedError

if TYPE_CHECKING:
    from create_group_id_tools.verification.instance_probe import InstanceProbe
    from create_group_id_tools.verification.onsmqtt_client import ApiResponse


def _region_parameter(probe: InstanceProbe) -> str:
    return probe.group[1].summary


def _existing_group(probe: InstanceProbe) -> str:
    return probe.create(_created(probe.group), {}).summary


def _case(probe: InstanceProbe) -> str:
    return probe.create(_created(probe.group).swapcase().replace("gid_", "GID_"), {}).summary


def _tags(probe: InstanceProbe) -> str:
    group_id, response = probe.tagged_group
    if not response.succeeded:
        return response.summary
    return "listed" if probe.tags(group_id) == probe.longest_tags else "not listed"


def _tags_of_existing_group(probe: InstanceProbe) -> str:
    group_id = _created(probe.tagged_group)
    before = probe.tags(group_id)
    if before is None:
        raise NotCheckedError("ListGroupId returns no tags")
    probe.create(group_id, {"other": "other"})
    return "unchanged" if probe.tags(group_id) == before else "changed"


def _missing_group(probe: InstanceProbe) -> str:
    return probe.delete(probe.group_id("missing")).summary


def _created(group: tuple[str, ApiResponse]) -> str:
    group_id, response = group
    if not response.succeeded:
        raise NotCheckedError(f"no group was created: {response.summary}")
    return group_id


CLAIMS = (
    Claim(
        "region-parameter",
        "`CreateGroupId` accepts the parameter `RegionId`, which only its old page has. The "
        "`RequestId` has 1 to 64 of the characters `[A-Za-z0-9._*-]`.",
        "200 RequestId",
        _region_parameter,
    ),
    Claim(
        "existing-group",
        "A group that was created a moment ago already exists, with the code as it is misspelt "
        "in the documents.",
        "400 GroupIdAlreadyExsited",
        _existing_group,
    ),
    Claim(
        "case",
        "Group IDs that differ only in case are different groups.",
        "200 RequestId",
        _case,
    ),
    Claim(
        "tags",
        "Tags are sent as `Tag.N.Key`, not as the `Tags` of the SDK; 128 characters and an empty "
        "value are allowed.",
        "listed",
        _tags,
    ),
    Claim(
        "tags-of-existing-group",
        "A second `CreateGroupId` does not change the tags of a group.",
        "unchanged",
        _tags_of_existing_group,
    ),
    Claim(
        "missing-group",
        "`DeleteGroupId` of a group that does not exist is refused.",
        "400 ResourcePermissionCheckFailed",
        _missing_group,
    ),
)
