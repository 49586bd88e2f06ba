"""`package`: build the zip that `template.yml` deploys."""

from __future__ import annotations

import click

from create_group_id_tools.packaging.build import build, report
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from create_group_id_tools.project import RUNTIMES
from create_group_id_tools.terminal import CommandError, display_path, output


@click.command(short_help="Build the zip that template.yml deploys.")
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default=RUNTIMES[0],
    show_default=True,
    help="Runtime of Function Compute to build the zip for.",
)
def command(runtime: str) -> None:
    """Build the zip for a runtime, and invoke it under the Python of that runtime.

    The zip has the same bytes wherever it is built.
    """
    try:
        zipped, versions = build(TARGETS[runtime])
    except PackageError as error:
        raise CommandError(str(error)) from None
    output(f"{display_path(zipped)}  {report(zipped, versions)}")
