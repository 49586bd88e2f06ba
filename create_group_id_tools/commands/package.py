"""`package`: the zip that `template.yml` deploys."""

from __future__ import annotations

import sys

import click

from create_group_id_tools.packaging.build import build, report
from create_group_id_tools.packaging.tree import TARGETS, PackageError


@click.command(short_help="Build the zip that template.yml deploys.")
@click.option(
    "--runtime", "name", default="python3.10", show_default=True, help=" or ".join(TARGETS)
)
def command(name: str) -> None:
    """Build the zip of a runtime, reproducibly, and invoke it under that runtime's Python."""
    if name not in TARGETS:
        fail(f"no runtime {name!r}: take {' or '.join(TARGETS)}")
    try:
        zipped, versions = build(TARGETS[name])
    except PackageError as error:
        fail(str(error))
    click.echo(report(zipped, versions))


def fail(message: str) -> None:
    """Say one line and end with status 2."""
    click.echo(f"package: {message}", err=True)
    sys.exit(2)
