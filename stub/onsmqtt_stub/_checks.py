"""Checks of the values that a user gives; each raises `Invalid`, which names the field."""

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
# The stub frames its answers itself.
_FRAMING = ("connection", "content-length", "transfer-encoding")
_SHOWN, _LISTED = 40, 20


class Invalid(ValueError):
    """A value that cannot be used; `field` names it, and is empty for the whole."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field, self.problem = field, problem

    def within(self, place: str) -> ValueError:
        """Return the same error with the place of what it is about in front."""
        return ValueError(f"{place}{'.' if self.field else ': '}{self}")


def known(field: str, what: str, name: object, names: Collection[str]) -> None:
    """Check that a name exists; a close one is proposed."""
    if not isinstance(name, str):
        raise Invalid(field, "must be a string")
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        listed = ", ".join(names) if len(names) <= _LISTED else "see the API's documents"
        raise Invalid(field, f"no {what} {_shown(name)}; {hint}known: {listed}")


def choice(
    field: str, value: object, values: Collection[str], requirement: str = "must be"
) -> None:
    """Check that a value is one of a few."""
    if value not in values:
        *first, last = values
        listed = f"{', '.join(first)} or {last}" if first else last
        shown = f"{_shown(value)} is not possible; " if isinstance(value, str) else ""
        raise Invalid(field, f"{shown}{requirement} {listed}")


def text(field: str, value: object) -> None:
    """Check that a value is a string."""
    if not isinstance(value, str):
        raise Invalid(field, "must be a string")


def flag(field: str, value: object) -> None:
    """Check that a value is a boolean."""
    if not isinstance(value, bool):
        raise Invalid(field, "must be true or false")


def whole_number(field: str, value: Any, allowed: range, requirement: str | None = None) -> None:
    """Check a whole number and its range; `requirement` says what is allowed."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(field, "must be a whole number")
    if value not in allowed:
        requirement = requirement or f"must be {allowed[0]} to {allowed[-1]}"
        raise Invalid(field, f"{value} is out of range; {requirement}")


def number(field: str, value: Any, least: float, most: float, *, above: bool = False) -> None:
    """Check a number from `least` to `most`; with `above` it must exceed the least."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Invalid(field, "must be a number")
    if not (least < value if above else least <= value) or not value <= most:
        shown = f"{value:g} is out of range; " if math.isfinite(value) else ""
        wanted = f"above {least:g}, at most" if above else f"{least:g} to"
        raise Invalid(field, f"{shown}must be {wanted} {most:,.0f}")


def code(field: str, value: object) -> None:
    """Check an error code of the API."""
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise Invalid(field, "must be an error code such as Throttling.User")


def headers(field: str, value: Mapping[str, Any]) -> None:
    """Check headers that a test adds to a response."""
    for name, content in value.items():
        if not _HEADER_NAME.fullmatch(str(name)):
            raise Invalid(field, "a name must be a token of HTTP")
        if name.lower() in _FRAMING:
            raise Invalid(field, f"{name} is set by the stub itself")
        header_value(field, content)


def header_value(field: str, value: object) -> None:
    """Check the value of a header."""
    if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
        raise Invalid(field, "a value must be a string of printable ASCII")


def _shown(value: str) -> str:
    return f'"{value}"' if len(value) <= _SHOWN and value.isprintable() else "of this name"
