"""The command line: one module a command, imported only when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from create_group_id_tools.project import SOURCES
from create_group_id_tools.terminal import CommandGroup

# The function is no distribution, so nothing installs it.
sys.path.insert(0, str(SOURCES))

COMMANDS = ("invoke", "serve", "stub", "event", "package", "check", "group-id", "redrive", "smoke")


class LazyCommandGroup(CommandGroup):
    """The commands, each the `command` of a module of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = import_module(f"create_group_id_tools.commands.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101 - a slip in a module of ours
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; what it is not, but nearly, is suggested."""
        self.commands = dict.fromkeys(COMMANDS, self)  # click reads the names alone
        return super().resolve_command(ctx, args)


@click.group(cls=LazyCommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="create-group-id-tools")
def main() -> None:
    """Run, serve, package, check and call the function that creates MQTT group IDs.

    \b
    Completion in bash; zsh and fish likewise:
      eval "$(_CREATE_GROUP_ID_COMPLETE=bash_source create-group-id)"
    """  # noqa: D301 - click's mark for lines that stay as they are
