"""Outcomes to the JSON that every caller gets, in the words of schemas/envelope.json."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id.errors import METHOD_NOT_ALLOWED, THROTTLED, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from create_group_id.provisioning import Success

MAX_MESSAGE = 8 * 1024
_REPEAT = " The group may exist all the same: repeat with OnExisting set to Succeed."


class Answer(NamedTuple):
    """One payload's envelope, with what its way over HTTP adds."""

    body: dict[str, Any]
    status: int
    headers: dict[str, str]

    @property
    def succeeded(self) -> bool:
        """Tell whether the group exists as asked."""
        return self.status < 300

    @property
    def label(self) -> str:
        """Name the outcome or the error's code, for the log."""
        code: str = self.body["Data"]["Outcome"] if self.succeeded else self.body["Error"]["Code"]
        return code


def answer(result: Success | Failure, invocation_id: str | None) -> Answer:
    """Put one payload's result into its envelope."""
    head = {
        "Success": not isinstance(result, Failure),
        "RequestId": result.request_id,
        "InvocationId": invocation_id,
    }
    if isinstance(result, Failure):
        return Answer(head | {"Error": _error(result)}, result.kind.status, _headers(result))
    data = {
        "GroupId": result.request.group_id,
        "InstanceId": result.request.instance_id,
        "RegionId": result.request.region_id,
        "Outcome": result.outcome,
    }
    return Answer(head | {"Data": data}, 200, {})


def batch(
    answers: Sequence[Answer], event_ids: Sequence[str | None], invocation_id: str | None
) -> dict[str, Any]:
    """Gather the envelopes of a batch, in its order, each with its place and its event's ID."""
    return {
        "Success": all(a.succeeded for a in answers),
        "InvocationId": invocation_id,
        "Count": len(answers),
        "Results": [
            {"Index": index, **({"EventId": event_id} if event_id else {}), **a.body}
            for index, (a, event_id) in enumerate(zip(answers, event_ids, strict=True))
        ],
    }


def failed_only(envelope: dict[str, Any]) -> str:
    """Give what an exception may carry: of a batch the failed results, as many as fit 8 KiB.

    FC's failure destination takes 64 KiB, the request included:
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation
    """
    if "Results" not in envelope:
        return compact(envelope)
    failed = [result for result in envelope["Results"] if not result["Success"]]
    room = MAX_MESSAGE - len(compact(envelope | {"Results": [], "Omitted": len(failed)}))
    kept = []
    for result in failed:
        room -= len(compact(result)) + 1
        if room < 0:
            break
        kept.append(result)
    return compact(envelope | {"Results": kept, "Omitted": len(failed) - len(kept)})


def compact(value: Any) -> str:
    """Write JSON without white space, in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def _error(failure: Failure) -> dict[str, Any]:
    error: dict[str, Any] = {
        "Code": failure.kind.code,
        "Message": failure.message + (_REPEAT if failure.outcome_unknown else ""),
        "HttpStatus": failure.kind.status,
        "Retryable": failure.kind.retryable,
    }
    if failure.outcome_unknown:
        error["OutcomeUnknown"] = True
    if failure.upstream_code:
        error["UpstreamCode"] = failure.upstream_code
        error["Help"] = f"https://api.aliyun.com/troubleshoot?q={failure.upstream_code}"
    if failure.violations:
        error["Violations"] = [
            {"Pointer": v.pointer, "Keyword": v.keyword, "Message": v.message}
            for v in failure.violations
        ]
    return error


def _headers(failure: Failure) -> dict[str, str]:
    if failure.kind is METHOD_NOT_ALLOWED:
        return {"Allow": "POST"}
    if failure.kind is THROTTLED:
        return {"Retry-After": str(max(1, math.ceil(failure.retry_after or 0)))}
    return {}
