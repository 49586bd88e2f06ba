"""The environment of the function, by docs/configuration.md, in a second reading for the oracles.

Nothing here comes from src.
"""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_IDENTIFIER = _ALPHANUMERIC | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def wrong(environ: Mapping[str, str]) -> set[str]:
    """Return the variables that have a wrong value."""
    return {
        name
        for name, is_right in _RULES.items()
        if environ.get(name) and not is_right(environ[name])
    }


def is_region(value: object) -> bool:
    """Return whether a value is a single DNS label in lower case."""
    return isinstance(value, str) and _is_label(value) and value == value.lower()


def _is_label(text: str) -> bool:
    inner = text.lower()
    is_made_of = bool(inner) and text.isascii() and set(inner) <= _ALPHANUMERIC | {"-"}
    return is_made_of and len(text) <= 63 and "-" not in (text[0], text[-1])


def _is_instance(text: str) -> bool:
    return 0 < len(text) <= 64 and set(text) <= _IDENTIFIER


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _are_instances(text: str) -> bool:
    items = _items(text)
    return bool(items) and ("*" in items or all(map(_is_instance, items)))


def _is_rate(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    is_plain = set(text) <= set("0123456789.") and not text.endswith(".")
    whole, _, part = text.partition(".")
    return is_plain and 0 < number <= 10_000 and len(whole) <= 5 and len(part) <= 9


def _is_prefix(text: str) -> bool:
    stage = text.removeprefix("GID_").removesuffix("_")
    is_stage = 0 < len(stage) <= 7 and set(stage) <= _ALPHANUMERIC
    return text == "GID_" or (is_stage and text == f"GID_{stage}_")


def _is_endpoint(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    shown = f"[{host}]" if ":" in host else host
    number = re.search(":[0-9]{1,5}$", parts.netloc)
    authority = parts.netloc.removesuffix(number[0] if number else "")
    if text != f"{parts.scheme}://{parts.netloc}{parts.path}" or parts.path not in ("", "/"):
        return False
    if authority.lower() != shown or bool(number) != (port is not None) or port == 0:
        return False
    if parts.scheme == "https":
        return all(map(_is_label, host.split(".")))
    return parts.scheme == "http" and _is_loopback(
        parts.netloc.removesuffix(number[0] if number else "")
    )


def _is_loopback(host: str) -> bool:
    if host in ("localhost", "[::1]"):
        return True
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False


_RULES: dict[str, Callable[[str], bool]] = {
    "ONSMQTT_INSTANCE_ID": _is_instance,
    "ONSMQTT_REGION_ID": is_region,
    "ONSMQTT_ALLOWED_INSTANCE_IDS": _are_instances,
    "ONSMQTT_NETWORK": ("public", "vpc").__contains__,
    "ONSMQTT_ENDPOINT": _is_endpoint,
    "ONSMQTT_MAX_QPS": _is_rate,
    "ON_FAILURE": ("return", "raise").__contains__,
    "TENANT_GROUP_PREFIX": _is_prefix,
    "TENANT_SIGNUP_EVENT_TYPES": lambda text: bool(_items(text)),
    "LOG_LEVEL": _LEVELS.__contains__,
}
