"""The functions of `template.yml`, as the cloud would deploy them, over the stub's instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devtools import check_render
from devtools.local.async_queue import Policy
from devtools.runtime_context import Function

if TYPE_CHECKING:
    from collections.abc import Mapping

# FC's own, for what a template leaves out.
_TIMEOUT, _INITIALIZER_TIMEOUT, _MEMORY, _INSTANCES = 3, 3, 128, 3


@dataclass(frozen=True)
class Deployment:
    """A function, how many instances it may have, its retries, its HTTP trigger's methods."""

    function: Function
    instances: int
    policy: Policy
    methods: tuple[str, ...] | None = None


def read(text: str, environ: Mapping[str, str], own: Mapping[str, str]) -> list[Deployment]:
    """Read the template; `own` are variables of the function that replace the template's.

    Raises `check_render.RenderError`.
    """
    document = check_render.render(text, {**check_render.EXAMPLE, **environ})
    try:
        return [_deployment(resource["props"], own) for resource in document["resources"].values()]
    except (KeyError, TypeError, AttributeError) as error:
        raise check_render.RenderError(f"a function's props: {error}") from None


def _deployment(props: dict[str, Any], own: Mapping[str, str]) -> Deployment:
    initializer = props.get("instanceLifecycleConfig", {}).get("initializer", {})
    asynchronous = props.get("asyncInvokeConfig", {})
    return Deployment(
        function=Function(
            name=props["functionName"],
            handler=props["handler"],
            initializer=initializer.get("handler", ""),
            timeout=props.get("timeout", _TIMEOUT),
            initializer_timeout=initializer.get("timeout", _INITIALIZER_TIMEOUT),
            memory=props.get("memorySize", _MEMORY),
            environment={**props.get("environmentVariables", {}), **own},
        ),
        instances=props.get("concurrencyConfig", {}).get("reservedConcurrency", _INSTANCES),
        policy=Policy(
            max_retries=asynchronous.get("maxAsyncRetryAttempts", Policy.max_retries),
            max_age=asynchronous.get("maxAsyncEventAgeInSeconds", Policy.max_age),
        ),
        methods=_methods(props.get("triggers", [])),
    )


def _methods(triggers: list[dict[str, Any]]) -> tuple[str, ...] | None:
    for trigger in triggers:
        if trigger["triggerType"] == "http":
            return tuple(trigger["triggerConfig"]["methods"])
    return None
