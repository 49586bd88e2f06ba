"""`verify`: check on a real account what no document says about the cloud."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from create_group_id_tools.account.live import confirm
from create_group_id_tools.terminal import FINDING, CommandError, note, output
from create_group_id_tools.verification import probes, registry, report
from create_group_id_tools.verification.claim import OTHERWISE, check

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from create_group_id_tools.verification.claim import ClaimResult
    from create_group_id_tools.verification.instance_probe import InstanceProbe


@click.command(short_help="Check on a real account what no document says.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--only",
    multiple=True,
    metavar="CLAIM",
    help="Check only this claim of docs/unverified.md; repeat the option for more.",
)
@click.option(
    "--throttle",
    is_flag=True,
    help="Also exceed the quota of the account, which throttles its other callers for a moment.",
)
@click.option("--yes", is_flag=True, help="Do not ask before the calls.")
@click.option(
    "--report",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Also write the results to this file, as one JSON document.",
)
def command(
    *, targets: tuple[str, ...], only: tuple[str, ...], throttle: bool, yes: bool, file: Path | None
) -> None:
    """Check the claims of docs/unverified.md that a command can check, and say which are right.

    TARGET is the URL of a trigger, or fc3://FUNCTION?region=REGION, as for `invoke --remote`; name
    one of each to check all claims. The calls of OnsMqtt need ONSMQTT_INSTANCE_ID and
    ONSMQTT_REGION_ID. The credentials are found as for `invoke --live`.

    Groups that a check creates are deleted again. Exit with status 3 if a claim is wrong.
    """
    groups = _wanted(only)
    subjects = probes.make(targets, os.environ, throttle=throttle)
    instance: InstanceProbe | None = subjects.get(registry.GROUPS.name)
    if instance is not None:
        note(f"MQTT instance {instance.instance_id}, through {instance.client.host}")
    note(report.plan(groups, subjects))
    if not any(group.name in subjects for group in groups):
        raise CommandError("nothing can be checked; see above what that needs")
    if not yes:
        confirm("Continue?")
    try:
        results = [
            check(claim, subjects.get(group.name), group.needs)
            for group in groups
            for claim in group.claims
        ]
    finally:
        left = instance.clean_up() if instance else []
        if instance and left:
            note("These groups may be left. To delete them, which is billed:")
            note(report.left_over(instance))
    output(report.table(results))
    if file is not None:
        _write(file, results, left)
    sys.exit(FINDING if any(one.verdict == OTHERWISE for one in results) else 0)


def _wanted(only: Collection[str]) -> list[registry.ClaimGroup]:
    """Return the groups with the claims to check; raise `CommandError` for an unknown name."""
    for name in only:
        if name not in registry.NAMES:
            raise CommandError(f"--only: unknown claim; use one of {', '.join(registry.NAMES)}")
    chosen = [group.only(only or registry.NAMES) for group in registry.CLAIM_GROUPS]
    return [group for group in chosen if group.claims]


def _write(file: Path, results: Sequence[ClaimResult], left: Sequence[str]) -> None:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    text = json.dumps(report.document(results, left, now), indent=2)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
