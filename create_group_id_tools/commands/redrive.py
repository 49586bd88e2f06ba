"""`redrive`: invokes anew what a failure destination collected."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from create_group_id_tools import envelopes, json_text
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
from create_group_id_tools.terminal import FINDING, Unusable, answer, excludes, note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

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
    "--rate",
    type=click.FloatRange(0, 100, min_open=True),
    default=5.0,
    show_default=True,
    help="Invocations per second.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    *,
    file: Path,
    server: str | None,
    remote: str | None,
    drain: str | None,
    function: str | None,
    rate: float,
    as_json: bool,
) -> None:
    """Invoke the events of FILE again, one after the other, RATE a second at most.

    A record is done when the function succeeds; the same command goes on where it was stopped.
    What still fails is in FILE.failing. Ends with 3 where something still fails.

    --drain takes the queue's URL, https://ACCOUNT.mns.REGION.aliyuncs.com/queues/NAME. With it
    and with --remote the key is found as `invoke --remote` finds it.
    """
    named = {"--server": server, "--function": function}
    if drain is not None:
        excludes("--drain", {**named, "--remote": remote, "--json": as_json})
        _drain(file, drain)
        return
    if remote is not None:
        excludes("--remote", named)
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
    if as_json:
        counts = {"records": len(pending), "succeeded": run.succeeded, "outcomes": run.outcomes}
        answer(json.dumps(counts, indent=2))
    else:
        counted = [f"{count:6} {outcome}" for outcome, count in run.outcomes.most_common()]
        answer("\n".join([*counted, f"{run.succeeded} of {len(pending)} succeeded"]))
    if problem:
        raise Unusable(problem)
    collected.write_failing(run.failing)
    if run.failing:
        note(f"{len(run.failing)} still fail: {collected.failing}")
    sys.exit(FINDING if run.failing else 0)


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
            with _bar(pending) as records:
                for record in records:
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


def _bar(pending: list[Record]) -> AbstractContextManager[Iterable[Record]]:
    """Show progress where a person sees it."""
    if not sys.stderr.isatty():
        return nullcontext(pending)
    return click.progressbar(pending, label="Redriving", file=sys.stderr)


def _judge(reply: Reply) -> tuple[bool, list[str]]:
    """Return whether the function succeeded, and the outcome or code of each of its results."""
    envelope = envelopes.read(reply.body, reply.error_type)
    if envelope is None:
        # FC's own text, or another function's.
        return False, [reply.error_type or "no envelope"]
    succeeded = envelope["Success"] and not reply.error_type
    return succeeded, [envelopes.label(result) for result in envelopes.results(envelope)]


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
    answer(f"{moved} records moved to {file}")
    if left:
        note(f"{left} messages left in the queue: not failure records")
