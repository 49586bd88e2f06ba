"""Invoke several records in one batch, and find out what became of each."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from create_group_id_tools import envelopes, json_text

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterator, Sequence

    from create_group_id_tools.failures.records import Record
    from create_group_id_tools.remote.invoke_response import InvokeResponse

# The function parses no event that is larger.
_MAX_BYTES = 4 << 20
# Events with these must be sent alone: in an array they are no HTTP request, no direct request.
_ALONE = ("requestcontext", "httpmethod", "groupid")


@dataclass(frozen=True)
class Batch:
    """Records of one function. `counts` is the number of events that each adds to the array."""

    records: Sequence[Record]
    counts: Sequence[int]

    @property
    def event(self) -> bytes:
        """The array of all events, or the event itself if there is one record."""
        if len(self.records) == 1:
            return self.records[0].event
        return b"[" + b",".join(_elements(record.event) for record in self.records) + b"]"

    def part(self, start: int, stop: int | None = None) -> Batch:
        """Return the batch of some of the records."""
        return Batch(self.records[start:stop], self.counts[start:stop])

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield for each record the indexes of its first event and after its last."""
        stop = 0
        for count in self.counts:
            start, stop = stop, stop + count
            yield start, stop


@dataclass
class Verdict:
    """The outcome of a batch. `again` are the parts whose outcome is unknown.

    `outcomes` are the outcomes and error codes of the events whose outcome is known.
    """

    succeeded: list[Record] = field(default_factory=list)
    failing: list[Record] = field(default_factory=list)
    again: list[Batch] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)


def take(pending: deque[Record], limit: int) -> Batch:
    """Remove the next records that can share one invocation, and return them as a batch.

    A batch has at most `limit` events, unless one record alone has more.
    """
    first = pending.popleft()
    records, counts, size = [first], [_count(first.event)], len(first.event)
    while counts[0] and pending and pending[0].function == first.function:
        count, size = _count(pending[0].event), size + 1 + len(pending[0].event)
        if not count or sum(counts) + count > limit or size > _MAX_BYTES:
            break
        records.append(pending.popleft())
        counts.append(count)
    return Batch(records, counts)


def verdict_of(batch: Batch, response: InvokeResponse) -> Verdict:
    """Return the verdict of a response on each record of a batch."""
    envelope = envelopes.read(response.body, response.error_type)
    alone = len(batch.records) == 1
    # The envelope of another function may lack any key.
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        if envelope and alone:
            return _verdict_of_record(batch, envelope, raised=bool(response.error_type))
        if envelope and envelope.get("Count") == sum(batch.counts):
            return _verdict_of_records(batch, envelope, raised=bool(response.error_type))
    if alone:
        return Verdict(failing=[*batch.records], outcomes=[response.error_type or "no envelope"])
    return unknown(batch)


def unknown(batch: Batch) -> Verdict:
    """Return the verdict that sends both halves again: nothing is known of any record."""
    middle = len(batch.records) // 2
    return Verdict(again=[batch.part(0, middle), batch.part(middle)])


def _verdict_of_record(batch: Batch, envelope: dict[str, Any], *, raised: bool) -> Verdict:
    results = envelopes.results(envelope)
    outcomes = [envelopes.label(result) for result in results]
    if not envelope.get("Omitted"):
        omitted = envelope.get("Count", 1) - len(results)
        # An event has fewer elements than bytes.
        if not 0 <= omitted < len(batch.event):
            raise ValueError("counts events that were not sent")
        outcomes += _succeeded(omitted)
    if envelope["Success"] and not raised:
        return Verdict(succeeded=[*batch.records], outcomes=outcomes)
    return Verdict(failing=[*batch.records], outcomes=outcomes)


def _verdict_of_records(batch: Batch, envelope: dict[str, Any], *, raised: bool) -> Verdict:
    results = envelopes.results(envelope)
    verdict = Verdict(outcomes=[envelopes.label(result) for result in results])
    failed = {result["Index"] for result in results if not result["Success"]}
    if bool(failed) is not (raised or not envelope["Success"]):
        raise ValueError("contradicts itself")
    if not all(type(index) is int and 0 <= index < sum(batch.counts) for index in failed):
        raise ValueError("names an event that was not sent")
    # Failures come in order, and an exception may have room for only some of them.
    known = max(failed) + 1 if envelope.get("Omitted") else sum(batch.counts)
    for number, (start, stop) in enumerate(batch.spans()):
        if not failed.isdisjoint(range(start, stop)):
            verdict.failing.append(batch.records[number])
        elif stop <= known:
            verdict.succeeded.append(batch.records[number])
        else:
            known = start
            verdict.again.append(batch.part(number))
            break
    verdict.outcomes += _succeeded(known - len(results))
    return verdict


def _succeeded(count: int) -> list[str]:
    """Return the outcomes of the successes, which an exception leaves out."""
    return ["Succeeded"] * count


def _count(event: bytes) -> int:
    """Return how many elements an event adds to an array, or 0 if it must be sent alone."""
    try:
        value = json_text.read(event.decode())
    except ValueError:
        return 0
    events = value if isinstance(value, list) else [value]
    return len(events) if all(map(_may_be_joined, events)) else 0


def _may_be_joined(event: object) -> bool:
    return isinstance(event, dict) and not any(name.lower() in _ALONE for name in event)


def _elements(event: bytes) -> bytes:
    text = event.strip()
    return text[1:-1] if text.startswith(b"[") else text
