"""Check that the role of `infra/ros.yml` grants what the code and FC need, and nothing else."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from create_group_id_tools.checks.rules import destinations
from create_group_id_tools.project import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/ (each call's page, "RAM authorization")
CALLS = {
    "CreateGroupId": {"mq:MqttInstanceAccess", "mq:CreateMqttGroupId"},
    "DeleteGroupId": {"mq:MqttInstanceAccess", "mq:DeleteMqttGroupId"},
    "ListGroupId": {"mq:MqttInstanceAccess", "mq:ListMqttGroupId"},
    "TagResources": {"mq:MqttInstanceAccess", "mq:TagResources"},
}
_DELIVERIES = (
    (":/queues/", "mns:SendMessage"),
    (":/topics/", "mns:PublishMessage"),
    (":functions/", "fc:InvokeFunction"),
    (":eventbus/", "eventbridge:PutEvents"),
)
_ACCEPTED = "TENANT_SIGNUP_EVENT_TYPES"
_LOGS = "log:PostLogStoreLogs"
# The variables of template.yml, and the parameters of infra/ros.yml with the same value.
SHARED = {
    "instance": "InstanceId",
    "name": "FunctionName",
    "role": "RoleName",
    "failureQueue": "FailureQueue",
    "bulkQueue": "BulkQueue",
    "bus": "EventBus",
    "rule": "EventRule",
    "signupType": "SignupType",
}


def problems(
    stack: Mapping[str, Any],
    document: Mapping[str, Any],
    defaults: Mapping[str, Any],
    called: set[str],
) -> Iterator[str]:
    """Yield a line for each difference between the stack and the rendered template.

    `defaults` are the values of the template's variables in an empty environment.
    """
    yield from _defaults(stack, defaults)
    functions = {name: r["props"] for name, r in document["resources"].items()}
    values = parameters(document)
    resources = [resolved(resource, values) for resource in stack["Resources"].values()]
    roles = [r["Properties"] for r in resources if r["Type"] == "ALIYUN::RAM::Role"]
    created = queues(stack, document)
    for where, props in functions.items():
        if props["role"] not in {str(role["RoleName"]) for role in roles}:
            yield f"template.yml: {where}.role: infra/ros.yml creates no role {props['role']}"
        for outcome, arn in destinations(props).items():
            queue = re.search(r":/queues/([^/]+)/", arn)
            if queue and queue[1] not in created:
                yield f"template.yml: {where}.{outcome}: infra/ros.yml creates no queue {queue[1]}"
    for rule in resources:
        if rule["Type"] == "ALIYUN::EventBridge::Rule":
            yield from _rule(rule["Properties"], functions)
    for role in roles:
        yield from _role(role, functions, called, values["InstanceId"])


def parameters(document: Mapping[str, Any]) -> dict[str, str]:
    """Map the parameters of the stacks to their values in the rendered template."""
    values = {SHARED[name]: value for name, value in document["vars"].items() if name in SHARED}
    region = next(iter(document["resources"].values()))["props"]["region"]
    return {**values, "ALIYUN::Region": region, "ALIYUN::AccountId": ACCOUNT_ID}


def queues(stack: Mapping[str, Any], document: Mapping[str, Any]) -> set[str]:
    """Return the names of the queues that the stack creates."""
    values = parameters(document)
    return {
        str(resolved(resource["Properties"]["QueueName"], values))
        for resource in stack["Resources"].values()
        if resource["Type"] == "ALIYUN::MNS::Queue"
    }


def _defaults(stack: Mapping[str, Any], defaults: Mapping[str, Any]) -> Iterator[str]:
    for variable, parameter in SHARED.items():
        declared = stack["Parameters"].get(parameter, {}).get("Default")
        if parameter != "InstanceId" and declared != defaults.get(variable):
            yield f"infra/ros.yml: Parameters.{parameter}: must have the default of template.yml"


def _rule(rule: Mapping[str, Any], functions: Mapping[str, Any]) -> Iterator[str]:
    environs = [props.get("environmentVariables", {}) for props in functions.values()]
    listed = [environ.get(_ACCEPTED, "tenant.signup").split(",") for environ in environs]
    types = rule["FilterPattern"].get("type")
    if (
        not isinstance(types, list)
        or not types
        or not {*map(str, types)} <= set(itertools.chain(*listed))
    ):
        yield f"infra/ros.yml: FilterPattern: type must only list types of {_ACCEPTED}"


def _role(
    role: Mapping[str, Any], functions: Mapping[str, Any], called: set[str], instance: str
) -> Iterator[str]:
    where = "infra/ros.yml: role"
    trusted = [s["Principal"] for s in role["AssumeRolePolicyDocument"]["Statement"]]
    if trusted != [{"Service": ["fc.aliyuncs.com"]}]:
        yield f"{where}: must trust only fc.aliyuncs.com"
    granted: dict[str, set[str]] = {}
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in statement["Action"]:
                granted.setdefault(str(action), set()).update(map(str, statement["Resource"]))
    needed = _needed(functions, called, instance)
    for action in sorted(granted.keys() - needed.keys()):
        yield f"{where}: grants {action}, which nothing uses"
    for action, resources in sorted(needed.items()):
        if action not in granted:
            yield f"{where}: does not grant {action}, which the code or FC needs"
        elif granted[action] != resources:
            yield f"{where}: {action}: must be granted on exactly {' and '.join(sorted(resources))}"


def _needed(functions: Mapping[str, Any], called: set[str], instance: str) -> dict[str, set[str]]:
    """Map each action to its resources, in every form that the documentation shows."""
    instances = {
        f"acs:mq:*:*:{instance}",
        f"acs:mq:*:*:instance/{instance}",
        f"acs:mq:*:*:groupId/{instance}/GID*",
    }
    needed = {action: instances for call in called for action in CALLS[call]}
    for props in functions.values():
        for arn in destinations(props).values():
            action = next(action for mark, action in _DELIVERIES if mark in arn)
            needed.setdefault(action, set()).add(arn)
        if props.get("logConfig") == "auto":
            # How the component names its log project: src/resources/sls of devsapp/fc3.
            project = f"{props['region']}:{ACCOUNT_ID}:project/serverless-{props['region']}-*"
            needed[_LOGS] = {f"acs:log:{project}/logstore/default-logs"}
    return needed


def resolved(node: Any, values: Mapping[str, str]) -> Any:
    """Replace `Ref` and `Fn::Sub` by values."""
    if isinstance(node, list):
        return [resolved(item, values) for item in node]
    if not isinstance(node, dict):
        return node
    if "Ref" in node:
        return values.get(node["Ref"], node["Ref"])
    if "Fn::Sub" in node:
        return re.sub(
            r"\$\{([^}]+)\}", lambda match: values.get(match[1], match[0]), node["Fn::Sub"]
        )
    return {key: resolved(value, values) for key, value in node.items()}
