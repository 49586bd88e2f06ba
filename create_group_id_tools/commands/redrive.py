"""`redrive`: invokes anew what a failure destination collected."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from create_group_id_tools import json_text
from create_group_id_tools.account import credentials
from create_group_id_tools.failures import records
from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.failures.message_queue import MessageQueue, QueueError
from create_group_id_tools.failures.records import RecordFile
from create_group_id_tools.remote import targets
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.function import invoker
from create_group_id_tools.remote.wire import Refused
from create_group_id_tools.runtime.context import Credentials
from create_group_id_tools.terminal import Unusable, printable, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id_tools.failures.records import Record
    from create_group_id_tools.remote.reply import Reply

_HERE = "http://127.0.0.1:9000"


@click.command(short_help="Invoke anew what a failure destination collected.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--server", metavar="URL", help=f"A `serve` of yours, by default {_HERE}.")
@click.option("--remote", metavar="TARGET", help="A deployed function instead: fc3:// or fc2://.")
@click.option("--drain", metavar="QUEUE", help="Only move an MNS queue's messages into FILE.")
@click.option("--function", metavar="NAME", help="Instead of the function that failed.")
@click.option(
    "--rate", type=click.FloatRange(0, 100, min_open=True), default=5.0, show_default=True
)
def command(
    *,
    file: Path,
    server: str | None,
    remote: str | None,
    drain: str | None,
    function: str | None,
    rate: float,
) -> None:
    """Invoke the events of FILE again, one after the other, RATE a second at most.

    A record is done when the function succeeds; the same command goes on where it was stopped.
    What still fails is in FILE.failing. Ends with 1 where something still fails.

    --drain takes the queue's URL, https://ACCOUNT.mns.REGION.aliyuncs.com/queues/NAME. With it
    and with --remote the key is found as `invoke --remote` finds it.
    """
    named = {"--server": server, "--function": function}
    if drain is not None:
        refuse("--drain", {**named, "--remote": remote})
        _drain(file, drain)
        return
    if remote is not None:
        refuse("--remote", named)
        invoke = _at(remote)
    else:
        invoke = _by_name(server or _HERE, function)
    try:
        collected = RecordFile(file)
        pending = collected.pending()
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise Unusable(f"{file}: {error}") from None
    run = _Run(collected, invoke, 1 / rate)
    problem = run.over(pending)
    for outcome, count in run.outcomes.most_common():
        click.echo(f"{count:6} {printable(outcome)}")
    click.echo(f"{run.succeeded} of {len(pending)} succeeded")
    if problem:
        raise Unusable(problem)
    collected.write_failing(run.failing)
    if run.failing:
        click.echo(f"{len(run.failing)} still fail: {collected.failing}")
    sys.exit(1 if run.failing else 0)


class _Run:
    """One pass over the pending records."""

    def __init__(
        self, records: RecordFile, invoke: Callable[[Record], Reply], interval: float
    ) -> None:
        self._records, self._invoke = records, invoke
        self._interval, self._next = interval, 0.0
        self.outcomes: Counter[str] = Counter()
        self.succeeded = 0
        self.failing: list[Record] = []

    def over(self, pending: list[Record]) -> str:
        """Invoke each; gives the reason where it had to stop early."""
        problem = ""
        try:
            with click.progressbar(pending, label="Redriving", file=sys.stderr) as bar:
                for record in bar:
                    self._redo(record)
        except Refused as error:
            problem = error.message
        except KeyboardInterrupt:
            problem = "stopped: the same command goes on"
        return problem

    def _redo(self, record: Record) -> None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self._interval
        try:
            reply = self._invoke(record)
        except Refused as error:
            # Only these are about the one record: it must not block the others.
            if error.status not in (400, 404):
                raise
            succeeded, outcomes = False, [error.message]
        else:
            succeeded, outcomes = _judge(reply)
        self.outcomes.update(outcomes)
        if succeeded:
            self.succeeded += 1
            self._records.succeeded(record)
        else:
            self.failing.append(record)


def _judge(reply: Reply) -> tuple[bool, list[str]]:
    """Tell whether the function succeeded, and the outcome or code of each of its results."""
    try:
        told = json_text.read(reply.body)
        if reply.error_type:
            told = json_text.read(told["errorMessage"])
        elif "statusCode" in told:
            told = json_text.read(told["body"])
        results = told.get("Results", [told])
        return told["Success"] is True and not reply.error_type, [_label(item) for item in results]
    except (ValueError, KeyError, TypeError, AttributeError):
        # FC's own text, or another function's.
        return False, [reply.error_type or "no envelope"]


def _label(result: dict[str, Any]) -> str:
    return str(result["Data"]["Outcome"] if result["Success"] else result["Error"]["Code"])


def _by_name(server: str, function: str | None) -> Callable[[Record], Reply]:
    client = Fc3Client(targets.origin(server), Credentials())
    return lambda record: client.invoke(function or record.function, record.event)


def _at(target: str) -> Callable[[Record], Reply]:
    if isinstance(targets.read(target, os.environ), targets.Trigger):
        # Nor could it be told to wait where the event says that its caller did not.
        raise Unusable("--remote: a trigger takes no events as they are: give fc3:// or fc2://")
    invoke = invoker(target, os.environ)
    return lambda record: invoke(record.event)


def _drain(file: Path, url: str) -> None:
    """Move messages: each is deleted when the disk has it, so none can be lost."""
    moved = left = 0
    try:
        queue = MessageQueue(url, credentials.find(os.environ))
        for body, handle in queue.receive():
            try:
                records.parse(body)
            except ValueError:
                left += 1
                continue
            Destination(file).add(json_text.read(body))
            queue.delete(handle)
            moved += 1
    except QueueError as error:
        raise Unusable(f"--drain: {error}") from None
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from None
    click.echo(f"{moved} records moved to {file}")
    if left:
        click.echo(f"{left} messages left in the queue: no records of a failure destination")
