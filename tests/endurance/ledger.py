"""Reconcile a lap: the responses to callers, the calls of the stub, the log and the files.

All of them must agree: no group without a call, no "Created" without a group, no accepted event
that is neither created nor recorded, and each call in the log exactly once.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.endurance.callers import Case

_LINE = re.compile(r'\S+ (?P<id>1-\S+) \[\w+\] (?P<json>\{"Event":.*\})')
_EXISTS = "GroupIdAlreadyExsited"
_HTTP_KINDS = ("request", "signup", "shared signup", "bad body")
_STREAM_RETRIES = 3  # of the trigger in template.yml


@dataclass
class Lap:
    """A lap: `calls`, `groups` and `refused` (connections) are the stub's."""

    cases: list[Case]
    calls: list[dict[str, Any]]
    groups: set[str]
    refused: int
    log: list[str]
    successes: list[dict[str, Any]]
    failures: list[dict[str, Any]]

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Return the fields of the lines of attempts."""
        return [fields for _, fields in self._lines("attempt")]

    @property
    def invocations(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the IDs and the fields of the lines of invocations."""
        return list(self._lines("invocation"))

    def _lines(self, event: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for match in filter(None, map(_LINE.fullmatch, self.log)):
            fields = json.loads(match["json"])
            if fields["Event"] == event:
                yield match["id"], fields


def problems(lap: Lap) -> Iterator[str]:
    """Yield the differences between the records of a lap."""
    yield from _log_against_journal(lap)
    yield from _state_against_journal(lap)
    yield from _responses(lap)
    yield from _events(lap)
    yield from _runs(lap)
    yield from (f"a traceback in the log: {line}" for line in lap.log if "Traceback" in line)


def _log_against_journal(lap: Lap) -> Iterator[str]:
    """Each call is one attempt of the log, and each attempt one call or one refused connection."""
    claimed = sum(fields["Attempts"] for _, fields in lap.invocations)
    counts = (len(lap.calls) + lap.refused, len(lap.attempts), claimed)
    if len(set(counts)) > 1:
        yield "calls {}, attempts {}, Attempts {}".format(*counts)
    calls = Counter(call["group_id"] for call in lap.calls)
    attempts = Counter(attempt["GroupId"] for attempt in lap.attempts)
    if uncalled := calls - attempts:
        yield f"calls that no attempt made: {dict(uncalled)}"
    by_id = {call["request_id"]: call for call in lap.calls}
    if len(by_id) < len(lap.calls):
        yield "a call is in the journal twice"
    named = Counter(attempt.get("RequestId") for attempt in lap.attempts)
    for attempt in lap.attempts:
        request_id = attempt.get("RequestId")
        if request_id is None:
            continue
        call = by_id.get(request_id)
        if call is None or call["group_id"] != attempt["GroupId"] or named[request_id] > 1:
            yield f"the attempt with {request_id} is not one call of the journal"


def _state_against_journal(lap: Lap) -> Iterator[str]:
    """Each group was committed by one call, and was in a request."""
    commits = Counter(call["group_id"] for call in lap.calls if call["committed"])
    if set(commits) != lap.groups:
        yield f"groups without a call, or calls without a group: {set(commits) ^ lap.groups}"
    if twice := [group for group, count in commits.items() if count > 1]:
        yield f"created twice: {twice}"
    if unasked := lap.groups - {group for case in lap.cases for group in case.groups}:
        yield f"groups that no request named: {unasked}"


def _responses(lap: Lap) -> Iterator[str]:
    by_id = {call["request_id"]: call for call in lap.calls}
    for case in lap.cases:
        text = f"{case.kind} {case.groups} {case.request_id}"
        if case.problem:
            yield f"{text}: {case.problem}"
        for result in case.results:
            if problem := _result(case, result, by_id, lap.groups):
                yield f"{text}: {problem}: {result}"
        if case.status == 200 and not case.results:
            yield f"{text}: no envelope"


def _result(
    case: Case,
    result: Mapping[str, Any],
    calls: Mapping[str, Mapping[str, Any]],
    groups: set[str],
) -> str:
    """Return what is wrong with a result that a caller got, or nothing."""
    if case.status == 429 and "Success" not in result:
        return ""  # FC had no free instance
    if result.get("InvocationId") != case.request_id:
        return "not the envelope of this invocation"
    call = calls.get(result["RequestId"])
    if result["RequestId"] and call is None:
        return "its call is not in the journal"
    if result["Success"]:
        return _success(case, result["Data"], call, groups)
    return _failure(case, result["Error"], groups)


def _success(
    case: Case, data: Mapping[str, str], call: Mapping[str, Any] | None, groups: set[str]
) -> str:
    group = data["GroupId"]
    if case.status != 200 or group not in case.groups or group not in groups:
        return "no such group"
    if call is None or call["group_id"] != group:
        return "the call of another group"
    if data["Outcome"] == "Created":
        return "" if call["committed"] and call["verdict"] == "accepted" else "it created nothing"
    return "" if call["verdict"] == _EXISTS else "its call found no group"


def _failure(case: Case, error: Mapping[str, Any], groups: set[str]) -> str:
    certain = case.own and len(case.groups) == 1 and "OutcomeUnknown" not in error
    if certain and groups.intersection(case.groups):
        return "the group exists"
    if case.kind in _HTTP_KINDS and case.status != error["HttpStatus"]:
        return "another status"
    return ""


def _events(lap: Lap) -> Iterator[str]:
    """Each accepted event has one record. If it is a success, its groups exist."""
    succeeded = Counter(one["requestContext"]["requestId"] for one in lap.successes)
    failed = Counter(one["requestContext"]["requestId"] for one in lap.failures)
    records = succeeded + failed
    for case in lap.cases:
        missing = set(case.groups) - lap.groups
        if case.status == 202:
            if records.pop(case.request_id, 0) != 1:
                yield f"{case.kind} {case.groups}: {case.request_id} has not one record"
            if missing and case.request_id in succeeded:
                yield f"{case.kind} {case.request_id} succeeded without {missing}"
        elif case.status == 201 and (missing or len(case.message_ids) != len(case.groups)):
            yield f"{case.kind}: accepted, but {missing} do not exist"
    if records:
        yield f"records of nothing that was accepted: {dict(records)}"


def _runs(lap: Lap) -> Iterator[str]:
    """Each run of the handler has one line in the log. Only runs of the queue have other IDs."""
    lines = Counter(request_id for request_id, _ in lap.invocations)
    runs = {
        one["requestContext"]["requestId"]: one["requestContext"]["approximateInvokeCount"]
        for one in (*lap.successes, *lap.failures)
    }
    runs |= {case.request_id: 1 for case in lap.cases if _ran(case)}
    for request_id, count in runs.items():
        if lines.pop(request_id, 0) != count:
            yield f"{request_id} ran {count} times, which is not in the log"
    batches = sum(case.status == 201 for case in lap.cases)
    if not (batches > 0) <= lines.total() <= batches * (1 + _STREAM_RETRIES):
        yield f"runs that nobody asked for: {dict(lines)}"


def _ran(case: Case) -> bool:
    """Return whether the function ran while the caller waited."""
    return any("Success" in result for result in case.results)
