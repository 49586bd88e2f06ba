"""Check that the alarms of `infra/alarms.yml` watch functions and queues that are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks import policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def problems(
    alarms: Mapping[str, Any], stack: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a line for each alarm that watches something that is not deployed.

    `stack` is `infra/ros.yml`, and `document` the rendered template.
    """
    declared = alarms["Parameters"]
    for name in sorted(declared.keys() & stack["Parameters"].keys()):
        if declared[name].get("Default") != stack["Parameters"][name].get("Default"):
            yield f"Parameters.{name}: must have the default of infra/ros.yml"
    functions = {resource["props"]["functionName"] for resource in document["resources"].values()}
    queues = policy.queues(stack, document)
    values = policy.parameters(document)
    for where, resource in alarms["Resources"].items():
        for watched in policy.resolved(resource["Properties"], values).get("Resources", []):
            if "functionName" in watched and str(watched["functionName"]) not in functions:
                yield f"Resources.{where}: template.yml has no function {watched['functionName']}"
            if "queue" in watched and str(watched["queue"]) not in queues:
                yield f"Resources.{where}: infra/ros.yml creates no queue {watched['queue']}"
