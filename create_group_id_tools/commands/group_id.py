"""`group-id`: print the group ID of a tenant, for those who configure its devices."""

from __future__ import annotations

import click

from create_group_id import payload, settings
from create_group_id.errors import Failure
from create_group_id_tools.terminal import CommandError, output
from onsmqtt_stub import INSTANCE_ID, REGION_ID

# The settings need an instance; the group ID does not depend on it.
_ANY_INSTANCE = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID, "ONSMQTT_REGION_ID": REGION_ID}


def group_id_of(tenant: str, prefix: str = "GID_") -> str:
    """Return the tenant's group ID; raise `CommandError` for a name that the function refuses."""
    try:
        function_settings = settings.load({**_ANY_INSTANCE, "TENANT_GROUP_PREFIX": prefix}, None)
    except Failure as failure:
        raise CommandError(f"--prefix: {failure.message}") from None
    signup = {"tenantId": tenant}
    try:
        return payload.read(
            signup, function_settings, is_signup=True, on_existing=payload.SUCCEED
        ).group_id
    except Failure as failure:
        problems = "; ".join(violation.message for violation in failure.violations)
        raise CommandError(
            f"the tenant's name {problems or 'contains U+FFFD: use UTF-8'}"
        ) from None
    except UnicodeEncodeError:
        raise CommandError("the tenant's name is not UTF-8") from None


@click.command(short_help="Print the group ID of a tenant.")
@click.argument("tenant")
@click.option(
    "--prefix",
    envvar="TENANT_GROUP_PREFIX",
    default="GID_",
    show_default=True,
    help="Value of TENANT_GROUP_PREFIX in the environment of the function.",
    show_envvar=True,
)
def command(tenant: str, prefix: str) -> None:
    """Print the group ID that the function creates for TENANT."""
    output(group_id_of(tenant, prefix))
