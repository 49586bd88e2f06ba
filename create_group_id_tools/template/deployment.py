"""The functions of `template.yml` as the cloud would deploy them, with the stub's instance."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from create_group_id_tools import json_text
from create_group_id_tools.runtime.context import FunctionConfig
from create_group_id_tools.template import rendering, stream_trigger

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from create_group_id_tools.template.stream_trigger import StreamTrigger

# FC's defaults.
_TIMEOUT, _INITIALIZER_TIMEOUT, _MEMORY, _INSTANCES = 3, 3, 128, 3
# The attribute of an event with the name of its bus.
BUS = "aliyuneventbusname"
_RULE_ARN = re.compile(r"acs:eventbridge:[^:]*:[^:]*:eventbus/([^/]+)/rule/[^/]+")


@dataclass(frozen=True)
class Policy:
    """How FC retries a failed event; `retry_delay` and `max_age` in seconds.

    FC does not document the delay.
    """

    max_retries: int = 3
    retry_delay: float = 1.0
    max_age: float = 86400.0


@dataclass(frozen=True)
class Rule:
    """A rule of a bus: the values that `pattern` allows for attributes; empty, any event."""

    bus: str
    pattern: Mapping[str, Sequence[str]]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is for the rule's target."""
        return event[BUS] == self.bus and all(
            event.get(name) in values for name, values in self.pattern.items()
        )


@dataclass(frozen=True)
class Deployment:
    """A function, the most instances that it may have, its retries and its triggers.

    `methods` are those of its HTTP trigger, `rules` select events of a bus, `streams` read queues.
    """

    function: FunctionConfig
    instances: int
    policy: Policy
    methods: tuple[str, ...] | None = None
    rules: tuple[Rule, ...] = ()
    streams: tuple[StreamTrigger, ...] = ()

    def adjusted(
        self, *, timeout: int | None, max_retries: int | None, retry_delay: float
    ) -> Deployment:
        """Return a copy with other values; None keeps the value of the template."""
        retries = self.policy.max_retries if max_retries is None else max_retries
        return replace(
            self,
            function=replace(self.function, timeout=timeout or self.function.timeout),
            policy=replace(self.policy, max_retries=retries, retry_delay=retry_delay),
        )


def read(text: str, environ: Mapping[str, str], variables: Mapping[str, str]) -> list[Deployment]:
    """Read the template; `variables` are those of the function that replace the template's.

    Raise `rendering.RenderError`.
    """
    document = rendering.render(text, {**rendering.EXAMPLE, **environ})
    try:
        return [
            _deployment(resource["props"], variables) for resource in document["resources"].values()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise rendering.RenderError(
            f"the props of a function are malformed ({error}); make check says where"
        ) from None


def for_events(deployments: Sequence[Deployment]) -> Deployment:
    """Return the first function that a rule of a bus invokes, or else the last function."""
    return next((item for item in deployments if item.rules), deployments[-1])


def _deployment(props: dict[str, Any], variables: Mapping[str, str]) -> Deployment:
    initializer = props.get("instanceLifecycleConfig", {}).get("initializer", {})
    asynchronous = props.get("asyncInvokeConfig", {})
    return Deployment(
        function=FunctionConfig(
            name=props["functionName"],
            handler=props["handler"],
            initializer=initializer.get("handler", ""),
            timeout=props.get("timeout", _TIMEOUT),
            initializer_timeout=initializer.get("timeout", _INITIALIZER_TIMEOUT),
            memory=props.get("memorySize", _MEMORY),
            environment={**props.get("environmentVariables", {}), **variables},
        ),
        instances=props.get("concurrencyConfig", {}).get("reservedConcurrency", _INSTANCES),
        policy=Policy(
            max_retries=asynchronous.get("maxAsyncRetryAttempts", Policy.max_retries),
            max_age=asynchronous.get("maxAsyncEventAgeInSeconds", Policy.max_age),
        ),
        methods=_methods(props.get("triggers", [])),
        # Without `sourceArn` FC creates a rule on the default bus, which only takes events of
        # Alibaba Cloud's services.
        rules=tuple(
            _rule(trigger)
            for trigger in props.get("triggers", [])
            if trigger["triggerType"] == "eventbridge" and "sourceArn" in trigger
        ),
        streams=tuple(filter(None, map(stream_trigger.read, props.get("triggers", [])))),
    )


def _methods(triggers: list[dict[str, Any]]) -> tuple[str, ...] | None:
    for trigger in triggers:
        if trigger["triggerType"] == "http":
            return tuple(trigger["triggerConfig"]["methods"])
    return None


def _rule(trigger: dict[str, Any]) -> Rule:
    name = trigger["triggerName"]
    match = _RULE_ARN.fullmatch(trigger["sourceArn"])
    if match is None:
        raise rendering.RenderError(f"trigger {name}: sourceArn must be the ARN of a rule of a bus")
    try:
        text = trigger["triggerConfig"].get("eventRuleFilterPattern", "{}")
        pattern = json_text.read(text, unique_names=True)
    except ValueError:
        raise rendering.RenderError(
            f"trigger {name}: eventRuleFilterPattern must be JSON, with each name once"
        ) from None
    if not isinstance(pattern, dict) or not all(map(_is_list_of_values, pattern.values())):
        raise rendering.RenderError(
            f"trigger {name}: eventRuleFilterPattern must map attributes to lists "
            'of strings, such as {"type": ["tenant.signup"]}'
        )
    return Rule(match[1], pattern)


def _is_list_of_values(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
