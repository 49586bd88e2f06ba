"""The plan before the checks, and their results, for a person and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from create_group_id_tools.verification.claim import OTHERWISE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from create_group_id_tools.verification.claim import ClaimResult
    from create_group_id_tools.verification.instance_probe import InstanceProbe
    from create_group_id_tools.verification.registry import ClaimGroup


def plan(groups: Sequence[ClaimGroup], checked: Collection[str]) -> str:
    """Return what will be called and billed, and what cannot be checked."""
    width = max(len(group.name) for group in groups)
    return "\n".join(
        f"{group.name:{width}}  "
        + (group.cost if group.name in checked else f"not checked: needs {group.needs}")
        for group in groups
    )


def table(results: Sequence[ClaimResult]) -> str:
    """Return a line for each claim, and one more for each that is otherwise."""
    name = max(len(one.name) for one in results)
    verdict = max(len(one.verdict) for one in results)
    lines = []
    for one in results:
        lines.append(f"{one.name:{name}}  {one.verdict:{verdict}}  {one.seen}")
        if one.verdict == OTHERWISE:
            lines.append(f"{'':{name}}  {'':{verdict}}  expected: {one.expected}")
    return "\n".join(lines)


def document(results: Sequence[ClaimResult], left: Sequence[str], date: str) -> dict[str, Any]:
    """Return the results as JSON: names, codes and statuses, and nothing that is secret."""
    return {"date": date, "claims": [asdict(one) for one in results], "groups_left": list(left)}


def left_over(instance: InstanceProbe) -> str:
    """Return the commands that delete the groups that are left."""
    return "\n".join(
        f"  aliyun onsmqtt DeleteGroupId --region {instance.region_id}"
        f" --InstanceId {instance.instance_id} --GroupId {group_id}"
        for group_id in instance.left
    )
