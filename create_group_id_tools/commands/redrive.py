"""`redrive`: invoke the function again on the events that a failure destination collected."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from create_group_id_tools import json_text
from create_group_id_tools.account.credentials import find_credentials
from create_group_id_tools.failures import records, redrive_capacity
from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.failures.failure_queue import FailureQueue, QueueError, check_url
from create_group_id_tools.failures.records import RecordFile
from create_group_id_tools.failures.redriver import Redriver
from create_group_id_tools.remote import targets
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.invoker import invoker_for
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.terminal import (
    FINDING,
    CommandError,
    FiniteRange,
    MatchingText,
    excludes,
    note,
    output,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id_tools.failures.batches import Batch
    from create_group_id_tools.remote.invoke_response import InvokeResponse

_LOCAL_SERVER = "http://127.0.0.1:9000"
_SHOWN_LINES = 10


@click.command(short_help="Invoke the function again on failed events.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--server",
    metavar="URL",
    help=f"Invoke the functions of the local `serve` at URL.  [default: {_LOCAL_SERVER}]",
)
@click.option(
    "--remote",
    metavar="TARGET",
    help="Invoke a deployed function instead: fc3:// or fc2://, as for `invoke --remote`.",
)
@click.option(
    "--drain", metavar="QUEUE", help="Only move the failure records of an MNS queue into FILE."
)
@click.option(
    "--function",
    type=MatchingText(
        targets.NAME, "use letters, digits, hyphens and underscores, a letter or underscore first."
    ),
    metavar="NAME",
    help="Invoke this function instead of the one that failed.",
)
@click.option(
    "--instances",
    type=click.IntRange(1, 1000),
    help="Most invocations at a time.  [default: the instances of the function for events in "
    "template.yml]",
)
@click.option(
    "--batch",
    "batch_size",
    type=click.IntRange(1, 10_000),
    help="Most events in one invocation.  [default: what fits the timeout of that function]",
)
@click.option(
    "--rate",
    type=FiniteRange(0, 100, min_open=True),
    help="Most invocations per second.  [default: no limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON document.")
def command(
    *,
    file: Path,
    server: str | None,
    remote: str | None,
    drain: str | None,
    function: str | None,
    instances: int | None,
    batch_size: int | None,
    rate: float | None,
    as_json: bool,
) -> None:
    """Invoke the function again on the failure records of FILE, many at a time.

    Records that succeeded are skipped when the command runs again, so that it can be stopped and
    restarted. Records that still fail are written to FILE.failing. Exit with status 3 if a record
    still fails, or if a line of FILE is not a failure record.

    QUEUE is the URL of a queue, https://ACCOUNT.mns.REGION.aliyuncs.com/queues/NAME. The
    credentials for --drain and --remote are found as for `invoke --remote`.
    """
    named = {"--server": server, "--function": function}
    if drain is not None:
        speed = {"--instances": instances, "--batch": batch_size, "--rate": rate}
        excludes("--drain", {**named, "--remote": remote, **speed, "--json": as_json})
        _drain(file, drain)
        return
    deployed = redrive_capacity.of_events()
    if remote is not None:
        excludes("--remote", named)
        invoke = _remote_invoker(remote)
    else:
        invoke = _local_invoker(server or _LOCAL_SERVER, function, deployed.dead_letters)
    try:
        with _open_records(file) as record_file:
            redriver = Redriver(
                invoke,
                record_file.succeeded,
                instances=instances or deployed.instances,
                batch_size=batch_size or deployed.batch_size,
                interval=1 / rate if rate else 0,
            )
            left = _redrive(record_file, redriver, as_json=as_json)
    except OSError as error:
        raise CommandError(f"{error.filename or file}: {error.strerror}") from None
    sys.exit(FINDING if left else 0)


def _open_records(file: Path) -> RecordFile:
    try:
        return RecordFile(file)
    except ValueError as error:
        raise CommandError(f"{file}: {error}") from None


def _redrive(record_file: RecordFile, redriver: Redriver, *, as_json: bool) -> bool:
    """Redrive a file and print the outcomes; return whether a record is left to redrive."""
    pending, skipped = record_file.pending(), record_file.skipped
    if skipped:
        shown = ", ".join(map(str, skipped[:_SHOWN_LINES]))
        more = f" and {len(skipped) - _SHOWN_LINES} more" if len(skipped) > _SHOWN_LINES else ""
        if len(skipped) == 1:
            note(f"Skipped, because it is not a failure record: line {shown}")
        else:
            note(f"Skipped, because they are not failure records: lines {shown}{more}")
    if record_file.records and not pending:
        note("Nothing to do: every record succeeded in an earlier redrive.")
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=len(pending), label="Redriving", file=sys.stderr, hidden=hidden
    ) as bar:
        problem = redriver.run(pending, bar.update)
    outcomes, succeeded = redriver.outcomes, redriver.succeeded
    if as_json:
        counts = {"records": len(pending), "skipped": len(skipped), "succeeded": succeeded}
        output(json.dumps({**counts, "outcomes": outcomes}, indent=2))
    else:
        counted = [f"{count:6} {outcome}" for outcome, count in outcomes.most_common()]
        output("\n".join([*counted, f"{succeeded} of {len(pending)} succeeded"]))
    if problem:
        raise CommandError(problem)
    failing = set(redriver.failing)
    record_file.write_failing(record for record in pending if record in failing)
    if failing:
        verb = "fails" if len(failing) == 1 else "fail"
        note(f"{len(failing)} still {verb}: {record_file.failing}")
    return bool(failing or skipped)


def _local_invoker(
    server: str, function: str | None, dead_letters: str
) -> Callable[[Batch], InvokeResponse]:
    """Invoke the function that failed; `dead_letters` names the one for records without a name."""
    try:
        endpoint = targets.origin(server)
    except CommandError as error:
        raise CommandError(f"--server: {error.message}") from None
    client = Fc3Client(endpoint, AccessCredentials())
    return lambda batch: client.invoke(
        function or batch.records[0].function or dead_letters, batch.event
    )


def _remote_invoker(target: str) -> Callable[[Batch], InvokeResponse]:
    if isinstance(targets.read(target, os.environ), targets.TriggerTarget):
        # An event may ask for an asynchronous invocation, whose result a trigger does not return.
        raise CommandError(
            "--remote needs fc3:// or fc2:// here: a trigger only takes HTTP requests"
        )
    invoke = invoker_for(target, os.environ)
    return lambda batch: invoke(batch.event)


def _drain(file: Path, url: str) -> None:
    """Move failure records; delete each message after it is on the disk, so that none is lost."""
    moved = left = 0
    try:
        check_url(url)  # first, since a wrong URL needs no credentials to be seen
        queue = FailureQueue(url, find_credentials(os.environ))
        for body, handle in queue.receive():
            if records.parse(body) is None:
                left += 1
                continue
            Destination(file).add(json_text.read(body))
            queue.delete(handle)
            moved += 1
    except QueueError as error:
        raise CommandError(f"--drain: {error}") from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    output(f"{moved} record{'' if moved == 1 else 's'} moved to {file}")
    if left == 1:
        note("1 message left in the queue: not a failure record")
    elif left:
        note(f"{left} messages left in the queue: not failure records")
