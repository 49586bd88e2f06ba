"""`event`: print a sample event of a trigger."""

from __future__ import annotations

import json

import click

from create_group_id_tools.commands.group_id import group_id_of
from create_group_id_tools.events.samples import KINDS
from create_group_id_tools.terminal import output


@click.command(
    short_help="Print a sample event of a trigger.", epilog=f"KIND is one of {', '.join(KINDS)}."
)
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
@click.option(
    "--tenant", default="test", show_default=True, help="Name of the tenant in the event."
)
def command(kind: str, tenant: str) -> None:
    """Print a sample event of the trigger KIND. It is also in the file events/KIND.json."""
    group_id_of(tenant)  # raises for a name that the function refuses
    event = KINDS[kind](tenant)
    output(json.dumps(event, indent=2, ensure_ascii=False))
