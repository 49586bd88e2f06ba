"""What can be called from afar: a trigger's URL, or a function by name through FC's API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORMS = (
    "https://TRIGGER-URL, fc3://FUNCTION?region=REGION, "
    "or fc2://SERVICE/FUNCTION?account=ACCOUNT&region=REGION"
)
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"({_LABEL}\.)*{_LABEL}"
_LOOPBACK = r"http://(localhost|127\.0\.0\.1|\[::1\])"
_PORT = r"(:[0-9]{1,5})?"
# FC's own all speak https: plain http is a `serve`.
_ORIGIN = rf"(https://{_HOST}|{_LOOPBACK}){_PORT}"
_NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,127}"
_URL = re.compile(rf"(https?://{_HOST}|{_LOOPBACK}){_PORT}([/?][!-\"$-~]*)?")
_FC3 = re.compile(rf"fc3://(?P<function>{_NAME})(\?(?P<query>.*))?")
_FC2 = re.compile(rf"fc2://(?P<service>{_NAME})/(?P<function>{_NAME})(\?(?P<query>.*))?")
_VALUES = {
    "region": r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    "account": r"[0-9]{1,32}",
    "endpoint": _ORIGIN,
}
_MEANT = {
    "region": "example: cn-hangzhou",
    "account": "only digits are allowed",
    "endpoint": "use https://HOST, or http://127.0.0.1:PORT",
}
# As FC names them to its functions.
_VARIABLES = {"region": "FC_REGION", "account": "FC_ACCOUNT_ID"}


@dataclass(frozen=True)
class TriggerTarget:
    """An HTTP trigger by its URL."""

    endpoint: str


@dataclass(frozen=True)
class Fc3Target:
    """A function by its name, behind the endpoint of the FC 3.0 API."""

    endpoint: str
    function: str


@dataclass(frozen=True)
class Fc2Target:
    """A function of a service, behind an account's endpoint of the FC 2.0 API."""

    endpoint: str
    service: str
    function: str


Target = TriggerTarget | Fc3Target | Fc2Target


def read(text: str, environ: Mapping[str, str]) -> Target:
    """Read a target; raises `CommandError`, whose text never quotes what may hold a token.

    `?endpoint=ORIGIN` replaces the regional endpoint. What a target leaves out is taken from
    FC_REGION and FC_ACCOUNT_ID.
    """
    if _URL.fullmatch(text):
        return TriggerTarget(_with_a_port_that_exists(text))
    if found := _FC3.fullmatch(text):
        options = _options(found["query"], ("region", "endpoint"))
        endpoint = options.get("endpoint")
        if endpoint is None:
            endpoint = f"https://fcv3.{_given(options, 'region', environ)}.aliyuncs.com"
        return Fc3Target(_with_a_port_that_exists(endpoint), found["function"])
    if found := _FC2.fullmatch(text):
        options = _options(found["query"], ("account", "region", "endpoint"))
        endpoint = options.get("endpoint")
        if endpoint is None:
            account = _given(options, "account", environ)
            endpoint = f"https://{account}.{_given(options, 'region', environ)}.fc.aliyuncs.com"
        return Fc2Target(_with_a_port_that_exists(endpoint), found["service"], found["function"])
    raise CommandError(f"not a target: use {_FORMS}")


def origin(text: str) -> str:
    """Read an endpoint, https://HOST or one on this machine; raises `CommandError`."""
    if not re.fullmatch(_VALUES["endpoint"], text):
        raise CommandError("not an endpoint: use https://HOST, or http://127.0.0.1:PORT")
    return _with_a_port_that_exists(text)


def is_local(target: Target) -> bool:
    """Return whether a target is on this machine, as a `serve` is."""
    return bool(re.match(rf"{_LOOPBACK}{_PORT}([/?]|$)", target.endpoint))


def _options(query: str | None, known: tuple[str, ...]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query or "", keep_blank_values=True):
        if name not in known or name in options:
            raise CommandError(f"after its ? the target takes only {', '.join(known)}, each once")
        if not re.fullmatch(_VALUES[name], value):
            raise CommandError(f"invalid {name} in target; {_MEANT[name]}")
        options[name] = value
    return options


def _given(options: Mapping[str, str], name: str, environ: Mapping[str, str]) -> str:
    variable = _VARIABLES[name]
    value = options.get(name) or environ.get(variable, "")
    if not re.fullmatch(_VALUES[name], value):
        raise CommandError(f"the target lacks {name}: add {name}=… after its ?, or set {variable}")
    return value


def _with_a_port_that_exists(url: str) -> str:
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise CommandError("the target's port is above 65535") from None
    return url
