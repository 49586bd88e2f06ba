"""Make attempts until each request has a result: what is retried, and in what time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id import logs
from create_group_id.errors import (
    DEADLINE_EXCEEDED,
    GROUP_EXISTS,
    INTERNAL_ERROR,
    THROTTLED,
    Failure,
    Kind,
)
from create_group_id.payload import SUCCEED, Request
from create_group_id.timing import Deadline, Pacer, backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from create_group_id.client import Client
    from create_group_id.credentials import Credentials
    from create_group_id.envelope import Result
    from create_group_id.settings import Settings

MIN_ATTEMPT_SECONDS = 0.25  # a shorter attempt would only leave the outcome unknown
_SHORT_ATTEMPT_SECONDS = 1.0  # if the time is too short for all
_ADVICE = " This invocation may have created the group: retry with OnExisting set to Succeed."
_SIGNUP_ADVICE = " This invocation may have created the group: repeat the signup."


class Invocation:
    """What the payloads of one invocation share.

    `unknown_groups` are the groups that an attempt with an unknown outcome may have created.
    """

    def __init__(self, invocation_id: str | None, deadline: Deadline) -> None:
        self.id, self.deadline = invocation_id, deadline
        self.attempts = 0
        self.unknown_groups: set[tuple[str, str, str]] = set()
        self.failure: Failure | None = None  # one that every further call would get too


class Success(NamedTuple):
    """The group exists; `outcome` is Created, AlreadyExists or Recovered."""

    request: Request
    outcome: str
    request_id: str | None


class _Task:
    """One request and the result of its last attempt, or None before the first."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.group = (request.region_id, request.instance_id, request.group_id)
        self.result: Result | None = None
        self.retry_at = 0.0
        self.failure_kinds: list[Kind] = []


class Provisioner:
    """Creates groups at the pace of the FC instance, and retries temporary failures."""

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
        requests: Sequence[Request],
        settings: Settings,
        credentials: Credentials,
        invocation: Invocation,
    ) -> list[Result]:
        """Return the result of each request.

        Every request is tried once, in order. Then the temporary failures are retried, round after
        round, in the time that is left; so one lost response among a hundred costs one more call.
        """
        tasks = [_Task(request) for request in requests]
        pending = list(tasks)
        while pending:
            retries = []
            for number, task in enumerate(pending, 1):
                if invocation.failure or not self._wait(task, settings, invocation):
                    break  # whatever comes next would start no sooner
                timeout = self._attempt_timeout(len(pending) - number, settings, invocation)
                if self._attempt(task, settings, credentials, invocation, timeout):
                    retries.append(task)
            pending = sorted(retries, key=lambda task: task.retry_at)
        return [_result(task, invocation) for task in tasks]

    def _wait(self, task: _Task, settings: Settings, invocation: Invocation) -> bool:
        """Sleep until the task's next attempt; return False if too little time is left for it."""
        now = self._clock()
        start = max(task.retry_at, self._pacer.next_start(now, settings.max_qps))
        if start + MIN_ATTEMPT_SECONDS > invocation.deadline.expires_at:
            return False
        if start > now:
            self._sleep(start - now)
        # A sleep may take longer than requested.
        if invocation.deadline.remaining() < MIN_ATTEMPT_SECONDS:
            return False
        self._pacer.record_start(self._clock())
        return True

    def _attempt_timeout(
        self, tasks_after: int, settings: Settings, invocation: Invocation
    ) -> float:
        """Return the seconds that an attempt may take, to leave time for the tasks after it."""
        left = invocation.deadline.remaining()
        each = max(MIN_ATTEMPT_SECONDS, self._pacer.interval(self._clock(), settings.max_qps))
        spare = left - tasks_after * each
        return spare if spare >= each or not tasks_after else min(left, _SHORT_ATTEMPT_SECONDS)

    def _attempt(
        self,
        task: _Task,
        settings: Settings,
        credentials: Credentials,
        invocation: Invocation,
        timeout: float,
    ) -> bool:
        """Make one attempt and set the task's result; return whether to retry."""
        try:
            request_id = self._call(task.request, settings, credentials, invocation, timeout)
        except Failure as failure:
            return self._record_failure(task, failure.without_traceback(), settings, invocation)
        invocation.unknown_groups.discard(task.group)
        task.result = Success(task.request, "Created", request_id)
        return False

    def _record_failure(
        self, task: _Task, failure: Failure, settings: Settings, invocation: Invocation
    ) -> bool:
        previous, kind, now = task.result, failure.kind, self._clock()
        if failure.outcome_unknown:
            invocation.unknown_groups.add(task.group)
        task.result = failure.replace(
            request_id=failure.request_id or (previous and previous.request_id)
        )
        if kind is THROTTLED:
            self._pacer.slow_down(now, settings.max_qps, failure.retry_after or 0.0)
        if kind.ends_invocation:
            invocation.failure = failure
        if not kind.retryable or (
            kind.retry_once and any(earlier.retry_once for earlier in task.failure_kinds)
        ):
            return False
        task.failure_kinds.append(kind)
        task.retry_at = now + max(
            backoff(len(task.failure_kinds), self._jitter), failure.retry_after or 0.0
        )
        return True

    def _call(
        self,
        request: Request,
        settings: Settings,
        credentials: Credentials,
        invocation: Invocation,
        timeout: float,
    ) -> str:
        invocation.attempts += 1
        started = self._clock()
        fields: dict[str, Any] = {"Attempt": invocation.attempts, "GroupId": request.group_id}
        try:
            request_id = self._client.create_group_id(request, settings, credentials, timeout)
        except Failure as failure:
            fields |= {"Code": failure.kind.code, "UpstreamCode": failure.upstream_code}
            fields |= {"RequestId": failure.request_id}
            raise
        except Exception as error:  # noqa: BLE001 - a bug of ours must not lose the other events
            logs.bug(error)
            raise Failure(INTERNAL_ERROR) from None
        else:
            fields |= {"Outcome": "Created", "RequestId": request_id}
            return request_id
        finally:
            took = logs.milliseconds(started, self._clock())
            logs.write(logging.INFO, "attempt", **fields, Milliseconds=took)


def _result(task: _Task, invocation: Invocation) -> Result:
    """Return the final result; an existing group can only be ours after an unknown outcome."""
    result, request = task.result, task.request
    if isinstance(result, Success):
        return result
    outcome_unknown = task.group in invocation.unknown_groups
    if result is None:
        # The failure of the invocation, without the unknown outcome of the task that caused it.
        result = invocation.failure or Failure(DEADLINE_EXCEEDED)
    elif result.kind is GROUP_EXISTS and request.on_existing == SUCCEED:
        return Success(
            request, "Recovered" if outcome_unknown else "AlreadyExists", result.request_id
        )
    advice = _SIGNUP_ADVICE if request.is_signup else _ADVICE
    return result.replace(
        outcome_unknown=outcome_unknown,
        message=result.message + (advice if outcome_unknown else ""),
    )
