"""Checks of the values that a user passes in. Each raises `Invalid`, which names the field."""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from onsmqtt_stub._errors import CODE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
# The stub frames its responses itself.
_FRAMING_HEADERS = ("connection", "content-length", "transfer-encoding")
_MAX_QUOTED, _MAX_LISTED = 40, 20


class Invalid(ValueError):
    """A value that cannot be used. `field` names it, and is empty if the whole is meant."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field, self.problem = field, problem

    def within(self, place: str) -> ValueError:
        """Return the same error with the place of the value in front."""
        return ValueError(f"{place}{'.' if self.field else ': '}{self}")


def known(field: str, what: str, name: object, names: Collection[str]) -> None:
    """Check that a name exists. The error proposes a similar one."""
    text(field, name)
    if name not in names:
        similar = get_close_matches(str(name), names, 1)
        hint = f'did you mean "{similar[0]}"? ' if similar else ""
        listed = ", ".join(names) if len(names) <= _MAX_LISTED else f"the API's {what}s"
        raise Invalid(field, f"unknown {what}{_quoted(name)}; {hint}use one of {listed}")


def choice(field: str, value: object, values: Collection[str], effect: str = "") -> None:
    """Check that a value is one of a few, for an effect's option by the effect's name."""
    if value not in values:
        *first, last = (f'"{item}"' for item in values)
        listed = f"{', '.join(first)} or {last}" if first else last
        refused = f"{_quoted(value).strip()} is not allowed; " if _quoted(value) else ""
        raise Invalid(field, f"{refused}{_verb(effect)} {listed}")


def text(field: str, value: object) -> None:
    """Check that a value is a string."""
    if not isinstance(value, str):
        raise Invalid(field, "must be a string")


def flag(field: str, value: object) -> None:
    """Check that a value is a boolean."""
    if not isinstance(value, bool):
        raise Invalid(field, "must be true or false")


def whole_number(field: str, value: Any, allowed: range, effect: str = "") -> None:
    """Check a whole number and its range, for an effect's option by the effect's name."""
    rule = f"{_verb(effect)} {allowed[0]:,} to {allowed[-1]:,}"
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(field, f"is not a whole number; {rule}")
    if value not in allowed:
        raise Invalid(field, f"{value} is out of range; {rule}")


def number(field: str, value: Any, least: float, most: float, *, above: bool = False) -> None:
    """Check a number from `least` to `most`; with `above` it must be more than `least`."""
    rule = f"must be {f'above {least:g} and at most' if above else f'{least:g} to'} {most:,.0f}"
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Invalid(field, f"is not a number; {rule}")
    if not (least < value if above else least <= value) or not value <= most:
        raise Invalid(field, f"{value:g} is out of range; {rule}")


def code(field: str, value: object) -> None:
    """Check an error code of the API."""
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise Invalid(
            field,
            "must be an error code such as Throttling.User: "
            "1 to 128 letters, digits, dots, hyphens or underscores",
        )


def headers(field: str, values: Mapping[str, Any]) -> None:
    """Check headers that a test adds to a response."""
    for name, value in values.items():
        if not _HEADER_NAME.fullmatch(str(name)):
            raise Invalid(field, "has an invalid header name; a valid one is X-Request-Id")
        if name.lower() in _FRAMING_HEADERS:
            raise Invalid(field, f"{name} is set by the stub; remove it")
        if not _is_header_value(value):
            shown = name if len(name) <= _MAX_QUOTED else "a header"
            raise Invalid(field, f"the value of {shown} must be a string of printable ASCII")


def header_value(field: str, value: object) -> None:
    """Check the value of a header."""
    if not _is_header_value(value):
        raise Invalid(field, "must be a string of printable ASCII")


def _is_header_value(value: object) -> bool:
    return isinstance(value, str) and _HEADER_VALUE.fullmatch(value) is not None


def _verb(effect: str) -> str:
    return f'"{effect}" takes' if effect else "must be"


def _quoted(value: object) -> str:
    """Quote a value after a space; nothing for one that is long or that is not printable."""
    is_short = isinstance(value, str) and len(value) <= _MAX_QUOTED and value.isprintable()
    return f' "{value}"' if is_short else ""
