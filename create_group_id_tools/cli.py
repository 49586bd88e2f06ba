"""The command line: one module a command, imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from create_group_id_tools.project import SOURCES

# The function is no distribution, so nothing installs it.
sys.path.insert(0, str(SOURCES))

COMMANDS = {
    "invoke": "invoke",
    "serve": "serve",
    "stub": "stub",
    "event": "event",
    "package": "package",
    "check": "check",
    "group-id": "group_id",
    "redrive": "redrive",
    "smoke": "smoke",
}


class Lazy(click.Group):
    """A group whose commands live in modules of their own, each with a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        command: Any = import_module(f"create_group_id_tools.commands.{COMMANDS[cmd_name]}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a slip in a module of ours
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run, serve, stub, package and check the function, without an account."""
