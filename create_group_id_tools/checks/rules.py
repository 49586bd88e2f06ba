"""Our rules for each function of `template.yml`, which no schema expresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.checks import streams
from create_group_id_tools.checks.streams import is_stream
from create_group_id_tools.project import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Props = dict[str, Any]

_FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_ROLE = re.compile(r"[a-z0-9.-]{1,64}|acs:ram::\d{1,16}:role/[a-z0-9.-]{1,64}")
_PLACE = r"[a-z]{2}-[a-z0-9-]+:\d{1,16}"
_DESTINATION = re.compile(
    rf"acs:mns:{_PLACE}:/queues/[A-Za-z0-9-]{{1,256}}/messages"
    rf"|acs:mns:{_PLACE}:/topics/[A-Za-z0-9-]{{1,256}}/messages"
    rf"|acs:fc:{_PLACE}:functions/[A-Za-z_][A-Za-z0-9_-]{{0,63}}"
    rf"|acs:eventbridge:{_PLACE}:eventbus/[A-Za-z0-9][A-Za-z0-9-]{{0,126}}"
)
# https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-common-layers
_LAYER = re.compile(
    r"acs:fc:[a-z]{2}-[a-z0-9-]+:(\d{1,16}|official)"
    r":layers/[A-Za-z_][A-Za-z0-9_-]{0,63}/versions/\d{1,9}"
)
_SOURCES = {
    "eventbridge": re.compile(
        rf"acs:eventbridge:{_PLACE}:"
        r"(eventbus/[A-Za-z0-9][A-Za-z0-9-]{0,126}/rule/|eventstreaming/)[A-Za-z0-9][A-Za-z0-9-]*"
    ),
    "mns_topic": re.compile(rf"acs:mns:{_PLACE}:/topics/[A-Za-z0-9-]{{1,256}}"),
}
# An access key ID, a temporary one, a private key; and names that suggest a secret.
_SECRET_VALUE = re.compile(r"LTAI[A-Za-z0-9]{8,}|STS\.[A-Za-z0-9]{8,}|-----BEGIN")
_SECRET_NAME = re.compile(r"(?i)secret|password|passwd|token(?!Lookup)|access_?key|private_?key")


def problems(functions: Mapping[str, Props]) -> Iterator[str]:
    """Yield a line for each problem, in the order of the functions."""
    for where, props in functions.items():
        for rule in _RULES:
            for problem in rule(props):
                yield f"{where}: {problem}"
    yield from _unique(functions)


def _unique(functions: Mapping[str, Props]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for where, props in functions.items():
        other = seen.setdefault(props["functionName"], where)
        if other != where:
            yield f"{where}: functionName: must be unique; {other} has the same name"
        names = [trigger["triggerName"] for trigger in props.get("triggers", [])]
        if len(set(names)) < len(names):
            yield f"{where}: triggers: each must have its own triggerName"


def _names(props: Props) -> Iterator[str]:
    if not _FUNCTION_NAME.fullmatch(str(props.get("functionName"))):
        yield "functionName: must be 1 to 64 letters, digits, _ or -, and begin with a letter or _"
    runtime = props.get("runtime")
    if runtime not in RUNTIMES:
        yield f"runtime: must be {' or '.join(RUNTIMES)}, the runtimes of the zips"
    elif props.get("code") != f"./build/create-group-id-{runtime}.zip":
        yield f"code: must be ./build/create-group-id-{runtime}.zip, the zip of its runtime"


def _size(props: Props) -> Iterator[str]:
    cpu, memory = props.get("cpu"), props.get("memorySize")
    if not isinstance(cpu, (int, float)) or not isinstance(memory, int) or "diskSize" not in props:
        yield "cpu, memorySize and diskSize: set all three; FC rejects one or two of them"
        return
    if round(cpu * 100) % 5:
        yield "cpu: must be a multiple of 0.05"
    if not cpu <= memory / 1024 <= 4 * cpu:
        yield "memorySize: must be 1 to 4 GB for each vCPU"


def _instance(props: Props) -> Iterator[str]:
    if not props.get("environmentVariables", {}).get("ONSMQTT_INSTANCE_ID"):
        yield "environmentVariables: set ONSMQTT_INSTANCE_ID, or a payload may name any instance"


def _arns(props: Props) -> Iterator[str]:
    if not _ROLE.fullmatch(str(props.get("role"))):
        yield "role: must be a name in lower case, or acs:ram::ACCOUNT:role/NAME"
    for outcome, destination in destinations(props).items():
        if not _DESTINATION.fullmatch(destination):
            place = f"asyncInvokeConfig.destinationConfig.{outcome}"
            yield f"{place}: must be the ARN of a queue, topic, function or bus"
    for number, trigger in enumerate(props.get("triggers", [])):
        pattern = _SOURCES.get(trigger.get("triggerType"))
        if is_stream(trigger) and "sourceArn" not in trigger:
            continue  # FC makes the event stream of a queue
        if pattern and not pattern.fullmatch(str(trigger.get("sourceArn"))):
            kind = trigger["triggerType"]
            yield f"triggers[{number}].sourceArn: must be the ARN of a source of type {kind}"


def _triggers(props: Props) -> Iterator[str]:
    for number, trigger in enumerate(props.get("triggers", [])):
        configuration = trigger.get("triggerConfig", {})
        place = f"triggers[{number}].triggerConfig"
        if trigger.get("triggerType") == "http":
            if configuration.get("authType") not in ("function", "jwt"):
                yield f"{place}.authType: must be function or jwt; otherwise anyone can call it"
            if configuration.get("methods") != ["POST"]:
                yield f"{place}.methods: must be [POST], the only method that the function accepts"


def _layers(props: Props) -> Iterator[str]:
    for number, layer in enumerate(props.get("layers", [])):
        if not _LAYER.fullmatch(layer):
            yield f"layers[{number}]: must be acs:fc:REGION:ACCOUNT:layers/NAME/versions/NUMBER"


def _filters(props: Props) -> Iterator[str]:
    """Require that each filter names the types that it lets through."""
    for place, pattern in _patterns(props):
        try:
            types = json_text.read(pattern, unique_names=True)["type"]
        except (KeyError, TypeError):
            types = None
        except ValueError:
            yield f"{place}: must be JSON, with each name once"
            continue
        if not isinstance(types, list) or not types or not all(isinstance(t, str) for t in types):
            yield f'{place}: must name the types to accept, such as {{"type": ["tenant.signup"]}}'


def event_types(props: Props) -> list[tuple[str, str]]:
    """Return the place and the name of each type that the filters of a valid function accept."""
    return [
        (f"{place}: type[{index}]", event_type)
        for place, pattern in _patterns(props)
        for index, event_type in enumerate(json_text.read(pattern)["type"])
    ]


def _patterns(props: Props) -> Iterator[tuple[str, str]]:
    for number, trigger in enumerate(props.get("triggers", [])):
        # A stream has no filter: it delivers every message of its queue.
        if trigger["triggerType"] == "eventbridge" and not is_stream(trigger):
            place = f"triggers[{number}].triggerConfig.eventRuleFilterPattern"
            yield place, trigger["triggerConfig"]["eventRuleFilterPattern"]


def _domain(props: Props) -> Iterator[str]:
    # In FC 3.0 a custom domain bypasses the trigger and its authentication:
    # https://www.alibabacloud.com/help/en/functioncompute/feature-updates-in-function-compute-3
    domain = props.get("customDomain")
    if domain and domain.get("authConfig", {}).get("authType") not in ("function", "jwt"):
        place = "customDomain.authConfig.authType"
        yield f"{place}: must be function or jwt; otherwise anyone can call it"


def _events(props: Props) -> Iterator[str]:
    """Require that FC retries a failed event, and then keeps it."""
    events = [t for t in props.get("triggers", []) if t.get("triggerType") != "http"]
    for trigger in events:
        if is_stream(trigger):
            continue
        # For an MNS topic FC always invokes asynchronously.
        if trigger.get("triggerType") != "mns_topic" and not trigger.get("triggerConfig", {}).get(
            "asyncInvocationType"
        ):
            name = trigger["triggerName"]
            yield f"trigger {name}: asyncInvocationType must be true, so that FC retries"
    if not events:
        return
    if props.get("environmentVariables", {}).get("ON_FAILURE") != "raise":
        yield "environmentVariables: ON_FAILURE must be raise; otherwise FC ignores failures"
    if "onFailure" not in destinations(props) and not all(map(is_stream, events)):
        yield "asyncInvokeConfig: onFailure is missing, so that failed events are lost"
    # The schema of the component allows 2,592,000, but FC's page says 7 days:
    # https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling-1-2
    if props.get("asyncInvokeConfig", {}).get("maxAsyncEventAgeInSeconds", 0) > 7 * 86400:
        yield "asyncInvokeConfig.maxAsyncEventAgeInSeconds: must be at most 604800 (7 days)"


def _secrets(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            inner = f"{path}.{key}" if path else str(key)
            if isinstance(value, str) and value and _SECRET_NAME.search(str(key)):
                yield f"{inner}: must not be a secret; the role provides credentials"
            else:
                yield from _secrets(value, inner)
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from _secrets(item, f"{path}[{number}]")
    elif isinstance(node, str) and _SECRET_VALUE.search(node):
        yield f"{path}: looks like a secret; remove it: the role provides credentials"


def _pace(props: Props) -> Iterator[str]:
    reserved = props.get("concurrencyConfig", {}).get("reservedConcurrency")
    if not reserved or not props.get("environmentVariables", {}).get("ONSMQTT_MAX_QPS"):
        yield "set reservedConcurrency and ONSMQTT_MAX_QPS, which limit its calls per second"


def destinations(props: Props) -> dict[str, str]:
    """Map `onSuccess` and `onFailure`, if they are set, to their ARNs."""
    configured = props.get("asyncInvokeConfig", {}).get("destinationConfig", {})
    return {outcome: str(target.get("destination")) for outcome, target in configured.items()}


_RULES = (
    _names, _size, _instance, _pace, _layers, _arns, _triggers, _filters, _domain, _events,
    streams.problems, _secrets,
)  # fmt: skip
