"""Attempts to an outcome: what is repeated, for how long, and what may be claimed at the end."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id import logs
from create_group_id.errors import DEADLINE_EXCEEDED, GROUP_EXISTS, Failure, Kind
from create_group_id.payload import SUCCEED, Request
from create_group_id.timing import Deadline, Pacer, backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id.client import Client
    from create_group_id.credentials import Credentials
    from create_group_id.settings import Settings

USEFUL = 0.25  # an attempt with less time than this would only end in doubt


@dataclass
class Invocation:
    """What the payloads of one invocation share.

    `in_doubt` holds the groups that an attempt of this invocation may have created although its
    answer was lost.
    """

    id: str | None
    deadline: Deadline
    attempts: int = 0
    in_doubt: set[tuple[str, str, str]] = field(default_factory=set)


class Success(NamedTuple):
    """The group exists; `outcome` is Created, AlreadyExists or Recovered."""

    request: Request
    outcome: str
    request_id: str | None


class Provisioner:
    """Creates groups at the instance's pace, repeating what failed for a while."""

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
    ) -> None:
        self._client, self._pacer = client, Pacer()
        self._clock, self._sleep, self._jitter = clock, sleep, jitter

    def provision(
        self,
        request: Request,
        settings: Settings,
        credentials: Credentials,
        invocation: Invocation,
        patience: Deadline,
    ) -> Success:
        """Create the group: a first attempt before the deadline, repetitions before `patience`.

        Raises `Failure`, the last attempt's; DeadlineExceeded where there was no time for any.
        """
        group = (request.region_id, request.instance_id, request.group_id)
        failure: Failure | None = None
        seen: Counter[Kind] = Counter()
        while self._wait(
            failure, seen.total(), settings, patience if failure else invocation.deadline
        ):
            limit = patience if failure else invocation.deadline
            try:
                request_id = self._attempt(request, settings, credentials, invocation, limit)
            except Failure as error:
                if failure and not error.request_id:
                    error.request_id = failure.request_id
                failure = error
            else:
                invocation.in_doubt.discard(group)
                return Success(request, "Created", request_id)
            if failure.kind is GROUP_EXISTS:
                break
            if failure.outcome_unknown:
                invocation.in_doubt.add(group)
            seen[failure.kind] += 1
            if not failure.kind.retryable or seen[failure.kind] > failure.kind.repeats:
                break

        failure = failure or Failure(DEADLINE_EXCEEDED)
        # Only after an attempt of ours in doubt can "already exists" mean "ours, just now".
        failure.outcome_unknown = group in invocation.in_doubt
        if failure.kind is GROUP_EXISTS and request.on_existing == SUCCEED:
            outcome = "Recovered" if failure.outcome_unknown else "AlreadyExists"
            return Success(request, outcome, failure.request_id)
        raise failure

    def _wait(
        self, failure: Failure | None, repetition: int, settings: Settings, limit: Deadline
    ) -> bool:
        """Sleep until the next attempt may start; False where that leaves it no useful time."""
        now = self._clock()
        earliest = now
        if failure:
            earliest += max(backoff(repetition, self._jitter), failure.retry_after or 0.0)
        wait = self._pacer.next_start(earliest, settings.max_qps) - now
        if wait + USEFUL > limit.left():
            return False
        if wait > 0:
            self._sleep(wait)
        self._pacer.started(self._clock())
        return True

    def _attempt(
        self,
        request: Request,
        settings: Settings,
        credentials: Credentials,
        invocation: Invocation,
        limit: Deadline,
    ) -> str:
        invocation.attempts += 1
        begin = self._clock()
        fields: dict[str, Any] = {"Attempt": invocation.attempts, "GroupId": request.group_id}
        try:
            request_id = self._client.create_group_id(request, settings, credentials, limit.left())
        except Failure as error:
            fields |= {"Code": error.kind.code, "UpstreamCode": error.upstream_code}
            fields |= {"RequestId": error.request_id}
            raise
        else:
            fields |= {"Outcome": "Created", "RequestId": request_id}
            return request_id
        finally:
            took = logs.milliseconds(begin, self._clock())
            logs.write(logging.INFO, "attempt", **fields, Milliseconds=took)
