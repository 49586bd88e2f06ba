"""Parse a target: a trigger's URL, or a function's name in FC's API."""

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
# FC's own endpoints use https. Plain http is for `serve`.
_ORIGIN = rf"(https://{_HOST}|{_LOOPBACK}){_PORT}"
NAME = r"[A-Za-z_][A-Za-z0-9_-]{0,127}"
_URL = re.compile(rf"(https?://{_HOST}|{_LOOPBACK}){_PORT}([/?][!-\"$-~]*)?")
_FC3 = re.compile(rf"fc3://(?P<function>{NAME})(\?(?P<query>.*))?")
_FC2 = re.compile(rf"fc2://(?P<service>{NAME})/(?P<function>{NAME})(\?(?P<query>.*))?")
_VALUES = {
    "region": r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    "account": r"[0-9]{1,32}",
    "endpoint": _ORIGIN,
}
_ADVICE = {
    "region": "example: cn-hangzhou",
    "account": "only digits are allowed",
    "endpoint": "use https://HOST, or http://127.0.0.1:PORT",
}
# The names that FC uses in its functions.
_VARIABLES = {"region": "FC_REGION", "account": "FC_ACCOUNT_ID"}


@dataclass(frozen=True)
class TriggerTarget:
    """The URL of an HTTP trigger."""

    endpoint: str


@dataclass(frozen=True)
class Fc3Target:
    """A function, and the endpoint of the FC 3.0 API."""

    endpoint: str
    function: str


@dataclass(frozen=True)
class Fc2Target:
    """A function of a service, and an account's endpoint of the FC 2.0 API."""

    endpoint: str
    service: str
    function: str


Target = TriggerTarget | Fc3Target | Fc2Target


def read(text: str, environ: Mapping[str, str]) -> Target:
    """Parse a target; raise `CommandError`, without quoting the target: it may contain a token.

    `?endpoint=ORIGIN` replaces the regional endpoint. FC_REGION and FC_ACCOUNT_ID are the defaults
    of region and account.
    """
    if _URL.fullmatch(text):
        return TriggerTarget(_with_valid_port(text))
    if match := _FC3.fullmatch(text):
        options = _options(match["query"], ("region", "endpoint"))
        endpoint = options.get("endpoint")
        if endpoint is None:
            endpoint = f"https://fcv3.{_option(options, 'region', environ)}.aliyuncs.com"
        return Fc3Target(_with_valid_port(endpoint), match["function"])
    if match := _FC2.fullmatch(text):
        options = _options(match["query"], ("account", "region", "endpoint"))
        endpoint = options.get("endpoint")
        if endpoint is None:
            account = _option(options, "account", environ)
            endpoint = f"https://{account}.{_option(options, 'region', environ)}.fc.aliyuncs.com"
        return Fc2Target(_with_valid_port(endpoint), match["service"], match["function"])
    raise CommandError(f"invalid target; use {_FORMS}")


def origin(text: str) -> str:
    """Check an endpoint, https://HOST or one on this machine; raise `CommandError`."""
    if not re.fullmatch(_VALUES["endpoint"], text):
        raise CommandError("invalid endpoint; use https://HOST, or http://127.0.0.1:PORT")
    return _with_valid_port(text)


def is_local(target: Target) -> bool:
    """Return whether a target is on this machine, like `serve`."""
    return bool(re.match(rf"{_LOOPBACK}{_PORT}([/?]|$)", target.endpoint))


def _options(query: str | None, known: tuple[str, ...]) -> dict[str, str]:
    options: dict[str, str] = {}
    for name, value in parse_qsl(query or "", keep_blank_values=True):
        if name not in known or name in options:
            raise CommandError(
                f"invalid option in target; after the ? use only {', '.join(known)}, each once"
            )
        if not re.fullmatch(_VALUES[name], value):
            raise CommandError(f"invalid {name} in target; {_ADVICE[name]}")
        options[name] = value
    return options


def _option(options: Mapping[str, str], name: str, environ: Mapping[str, str]) -> str:
    variable = _VARIABLES[name]
    value = options.get(name) or environ.get(variable, "")
    if not value:
        raise CommandError(f"no {name} in target; add {name}=… after its ?, or set {variable}")
    if not re.fullmatch(_VALUES[name], value):
        raise CommandError(f"invalid {variable}; {_ADVICE[name]}")
    return value


def _with_valid_port(url: str) -> str:
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise CommandError("invalid port in target; the highest is 65535") from None
    return url
