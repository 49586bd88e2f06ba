"""The command line: each command is a module, which is imported when the command is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from create_group_id_tools.project import SOURCES
from create_group_id_tools.terminal import CommandGroup

# The function is not a distribution, so it is not installed.
sys.path.insert(0, str(SOURCES))

COMMANDS = (
    "invoke",
    "serve",
    "stub",
    "event",
    "package",
    "check",
    "group-id",
    "redrive",
    "smoke",
    "verify",
)


class LazyCommandGroup(CommandGroup):
    """The commands: the object `command` of each module in `create_group_id_tools.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = import_module(f"create_group_id_tools.commands.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - for mypy, and for a mistake in a module
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or suggest one with a similar name."""
        self.commands = dict.fromkeys(COMMANDS, self)  # click only reads the names
        return super().resolve_command(ctx, args)


@click.group(cls=LazyCommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="create-group-id-tools")
def main() -> None:
    """Run, serve, package, check and call the function that creates MQTT group IDs.

    \b
    To complete commands and options in bash (or zsh_source, fish_source):
      eval "$(_CREATE_GROUP_ID_COMPLETE=bash_source create-group-id)"
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
