"""Bad input to a command."""

from __future__ import annotations

import click


class Unusable(click.ClickException):
    """What a command was given, or met, and cannot use: one line, exit status 2."""

    exit_code = 2
