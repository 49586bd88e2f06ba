"""Make the probes for the targets of the command line and the variables of the environment."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from create_group_id import settings
from create_group_id.errors import Failure
from create_group_id_tools.account.live import credentials_for
from create_group_id_tools.remote import targets
from create_group_id_tools.runtime.context import own_variables
from create_group_id_tools.terminal import CommandError
from create_group_id_tools.verification import registry
from create_group_id_tools.verification.function_probe import FunctionProbe, TriggerProbe
from create_group_id_tools.verification.instance_probe import InstanceProbe
from create_group_id_tools.verification.onsmqtt_client import OnsMqttClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def make(
    named_targets: Sequence[str], environ: Mapping[str, str], *, throttle: bool
) -> dict[str, Any]:
    """Return the probe of each group of claims that can be checked; raise `CommandError`."""
    probes: dict[str, Any] = {registry.ENDPOINTS.name: resolve}
    instance = _instance(environ)
    if instance is not None:
        probes |= {registry.GATEWAY.name: instance, registry.GROUPS.name: instance}
        if throttle:
            probes[registry.THROTTLING.name] = instance
    for text in named_targets:
        name, probe = _deployed(text, environ)
        if name in probes:
            raise CommandError("too many targets; use one trigger and one fc3:// at most")
        probes[name] = probe
    return probes


def resolve(host: str) -> object:
    """Ask for the addresses of a host; raise OSError if it has none."""
    return socket.getaddrinfo(host, 443)


def _instance(environ: Mapping[str, str]) -> InstanceProbe | None:
    variables = own_variables(environ)
    try:
        chosen = settings.load(variables, None)
    except Failure as failure:
        raise CommandError(failure.message) from None
    if chosen.instance_id is None:
        return None
    if chosen.region_id is None:
        raise CommandError("set ONSMQTT_REGION_ID to the region of ONSMQTT_INSTANCE_ID")
    network = "-vpc" if chosen.network == "vpc" else ""
    endpoint = chosen.endpoint or f"https://onsmqtt{network}.{chosen.region_id}.aliyuncs.com"
    client = OnsMqttClient(endpoint, credentials_for(variables))
    return InstanceProbe(client, chosen.instance_id, chosen.region_id)


def _deployed(text: str, environ: Mapping[str, str]) -> tuple[str, TriggerProbe | FunctionProbe]:
    target = targets.read(text, environ)
    if isinstance(target, targets.TriggerTarget):
        return registry.TRIGGER.name, TriggerProbe(target, environ)
    if isinstance(target, targets.Fc3Target):
        return registry.FUNCTION.name, FunctionProbe(target, environ)
    raise CommandError("fc2:// cannot be verified; use https:// or fc3://")
