"""`create-group-id group-id`: the group ID of a tenant, for whoever provisions its devices."""

from __future__ import annotations

import click

from create_group_id import settings, tenants
from create_group_id.errors import Failure
from create_group_id_tools.terminal import Unusable, answer


def group_id_of(tenant: str, prefix: str = "GID_") -> str:
    """Return the tenant's group ID; raises `Unusable` for a name that no signup can carry."""
    if not tenant:
        raise Unusable("the tenant's name is empty")
    try:
        return tenants.group_id(tenant, prefix)
    except UnicodeEncodeError:
        raise Unusable("the tenant's name is not UTF-8") from None


@click.command(short_help="Print the group ID of a tenant.")
@click.argument("tenant")
@click.option(
    "--prefix",
    envvar="TENANT_GROUP_PREFIX",
    default="GID_",
    show_default=True,
    help="TENANT_GROUP_PREFIX of the function; by default that of the environment.",
)
def command(tenant: str, prefix: str) -> None:
    """Print the group ID that the function gives TENANT."""
    try:
        chosen = settings.load({"TENANT_GROUP_PREFIX": prefix}, None).group_prefix
    except Failure as failure:
        raise Unusable(f"--prefix: {failure.message}") from None
    answer(group_id_of(tenant, chosen))
