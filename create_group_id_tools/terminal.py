"""What the commands share of the terminal: how they refuse bad input, and what they show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Unusable(click.ClickException):
    """What a command was given, or met, and cannot use: one line, exit status 2."""

    exit_code = 2


def refuse(way: str, options: Mapping[str, object]) -> None:
    """Raise `Unusable` for the first of the options that was given."""
    for option, value in options.items():
        if value:
            raise Unusable(f"{option} means nothing to {way}")


def printable(text: str) -> str:
    """Escape what would control a terminal, in a text from elsewhere."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
