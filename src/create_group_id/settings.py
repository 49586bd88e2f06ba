"""The function's environment: read at each invocation, validated once per set of values."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from create_group_id.errors import CONFIGURATION_ERROR, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

# Not compiled here: most variables are not set, and each pattern would slow a cold start.
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# A region becomes part of a host name. With more than one label, a payload could choose the host.
_REGION_ID = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_INSTANCE_ID = r"[A-Za-z0-9_-]{1,64}"
_ENDPOINT = (
    rf"(https://({_LABEL}\.)*{_LABEL}|http://(localhost|(?P<address>127[0-9.]+)|\[::1\]))"
    r"(:(?P<port>[0-9]{1,5}))?/?"
)
_DECIMAL = r"[0-9]{1,5}(\.[0-9]{1,9})?|\.[0-9]{1,9}"
_GROUP_PREFIX = r"GID_([a-z0-9]{1,7}_)?"
_QPS_LIMIT = 10_000
_SIGNUP_TYPES = frozenset(["tenant.signup"])

# Each variable, and what its value must be.
VARIABLES = {
    "ONSMQTT_INSTANCE_ID": "1 to 64 letters, digits, - or _",
    "ONSMQTT_REGION_ID": "a region ID, which is a single DNS label in lower case",
    "ONSMQTT_ALLOWED_INSTANCE_IDS": "instance IDs separated by commas, or *",
    "ONSMQTT_NETWORK": "public or vpc",
    "ONSMQTT_ENDPOINT": "https://host[:port], or http:// with a loopback address",
    "ONSMQTT_MAX_QPS": "a decimal above 0, at most 10000",
    "ON_FAILURE": "return or raise",
    "TENANT_GROUP_PREFIX": "GID_, or GID_<stage>_ with a stage of 1 to 7 characters of a-z and 0-9",
    "TENANT_SIGNUP_EVENT_TYPES": "CloudEvent types separated by commas",
    "LOG_LEVEL": "DEBUG, INFO, WARNING, ERROR or CRITICAL",
}


class Settings(NamedTuple):
    """The validated environment; `allowed_instances` is None if every MQTT instance is allowed.

    `endpoint` is empty unless it replaces the endpoint of the region.
    """

    instance_id: str | None
    region_id: str | None
    allowed_instances: frozenset[str] | None
    network: str
    endpoint: str
    max_qps: float
    group_prefix: str
    log_level: str


def attribute(owner: Any, name: str) -> Any:
    """Return an attribute of FC's context; None if it is missing or its property raises."""
    try:
        return getattr(owner, name)
    except Exception:  # noqa: BLE001 - whatever FC's code raises, the invocation goes on
        return None


def load(environ: Mapping[str, str], context: Any) -> Settings:
    """Read the settings. Raise `Failure` (ConfigurationError), which names the wrong variable."""
    regions = (attribute(context, "region"), environ.get("FC_REGION"))
    region = next((r for r in regions if isinstance(r, str) and re.fullmatch(_REGION_ID, r)), None)
    return _parse(tuple(environ.get(name, "") for name in VARIABLES), region)


def raises_on_failure(environ: Mapping[str, str]) -> bool:
    """Return whether direct invocations raise; with a wrong value they do, so nothing is lost."""
    return environ.get("ON_FAILURE", "") not in ("", "return")


def signup_types(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the CloudEvent types that are taken as a signup."""
    return frozenset(_split(environ, "TENANT_SIGNUP_EVENT_TYPES")) or _SIGNUP_TYPES


@lru_cache(maxsize=8)
def _parse(values: tuple[str, ...], fallback_region: str | None) -> Settings:
    env = dict(zip(VARIABLES, values, strict=True))
    instance_id = _matching(env, "ONSMQTT_INSTANCE_ID", _INSTANCE_ID) or None
    _one_of(env, "ON_FAILURE", ("return", "raise"))
    if env["TENANT_SIGNUP_EVENT_TYPES"] and not _split(env, "TENANT_SIGNUP_EVENT_TYPES"):
        _reject("TENANT_SIGNUP_EVENT_TYPES")
    return Settings(
        instance_id=instance_id,
        region_id=_matching(env, "ONSMQTT_REGION_ID", _REGION_ID) or fallback_region,
        allowed_instances=_allowed_instances(env, instance_id),
        network=_one_of(env, "ONSMQTT_NETWORK", ("public", "vpc")),
        endpoint=_endpoint(env),
        max_qps=_max_qps(env),
        group_prefix=_matching(env, "TENANT_GROUP_PREFIX", _GROUP_PREFIX) or "GID_",
        log_level=_one_of(env, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")),
    )


def _allowed_instances(env: Mapping[str, str], instance_id: str | None) -> frozenset[str] | None:
    name = "ONSMQTT_ALLOWED_INSTANCE_IDS"
    if not env[name]:
        return frozenset([instance_id]) if instance_id else None
    instances = _split(env, name)
    if "*" in instances:
        return None
    if not instances or not all(re.fullmatch(_INSTANCE_ID, instance) for instance in instances):
        _reject(name)
    return frozenset(instances)


def _endpoint(env: Mapping[str, str]) -> str:
    name = "ONSMQTT_ENDPOINT"
    match = re.fullmatch(_ENDPOINT, _matching(env, name, _ENDPOINT))
    if match and not (_is_port(match["port"]) and _is_loopback(match["address"])):
        _reject(name)
    return env[name].removesuffix("/")


def _is_port(port: str | None) -> bool:
    return not port or 0 < int(port) < 1 << 16


def _is_loopback(address: str | None) -> bool:
    # 127.999.0.1 is a name, and a name server could resolve it to any address.
    from ipaddress import AddressValueError, IPv4Address  # noqa: PLC0415 - rarely set

    try:
        return not address or IPv4Address(address).is_loopback
    except AddressValueError:
        return False


def _max_qps(env: Mapping[str, str]) -> float:
    name = "ONSMQTT_MAX_QPS"
    qps = float(_matching(env, name, _DECIMAL) or "5")
    if not 0 < qps <= _QPS_LIMIT:
        _reject(name)
    return qps


def _split(env: Mapping[str, str], name: str) -> list[str]:
    return [item for part in env.get(name, "").split(",") if (item := part.strip())]


def _matching(env: Mapping[str, str], name: str, pattern: str) -> str:
    if env[name] and not re.fullmatch(pattern, env[name]):
        _reject(name)
    return env[name]


def _one_of(env: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    if env[name] and env[name] not in values:
        _reject(name)
    return env[name] or values[0]


def _reject(name: str) -> NoReturn:
    raise Failure(CONFIGURATION_ERROR, f"{name} has a wrong value: it must be {VARIABLES[name]}.")
