"""Render results as the JSON envelope that schemas/envelope.json describes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from create_group_id.errors import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from create_group_id.provisioning import Success

    Result: TypeAlias = Success | Failure

MAX_MESSAGE = 8 * 1024


def single(result: Result, invocation_id: str | None) -> dict[str, Any]:
    """Return the envelope of one payload's result."""
    common = {
        "Success": not isinstance(result, Failure),
        "RequestId": result.request_id,
        "InvocationId": invocation_id,
    }
    if isinstance(result, Failure):
        return common | {"Error": _error(result)}
    data = {
        "GroupId": result.request.group_id,
        "InstanceId": result.request.instance_id,
        "RegionId": result.request.region_id,
        "Outcome": result.outcome,
    }
    return common | {"Data": data}


def batch(
    results: Sequence[Result], event_ids: Sequence[str | None], invocation_id: str | None
) -> dict[str, Any]:
    """Return the envelope of a batch that succeeded; its results are in the order of the events."""
    return {
        "Success": True,
        "InvocationId": invocation_id,
        "Count": len(results),
        "Results": [
            _in_batch(index, result, event_ids, invocation_id)
            for index, result in enumerate(results)
        ],
    }


def failed_batch(
    results: Sequence[Result], event_ids: Sequence[str | None], invocation_id: str | None
) -> str:
    """Return the compact envelope of a failed batch, with the failed results that fit into 8 KiB.

    A record of FC's failure destination has at most 64 KiB, and includes the event:
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/asynchronous-invocation
    """
    envelope: dict[str, Any] = {
        "Success": False,
        "InvocationId": invocation_id,
        "Count": len(results),
        "Results": [],
        "Omitted": sum(isinstance(result, Failure) for result in results),
    }
    bytes_left = MAX_MESSAGE + 1 - len(compact(envelope))  # no comma precedes the first result
    for index, result in enumerate(results):
        if isinstance(result, Failure):
            rendered = _in_batch(index, result, event_ids, invocation_id)
            bytes_left -= len(compact(rendered)) + 1
            if bytes_left < 0:
                break
            envelope["Results"].append(rendered)
    envelope["Omitted"] -= len(envelope["Results"])
    return compact(envelope)


def compact(value: Any) -> str:
    """Return JSON without white space, in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def _in_batch(
    index: int, result: Result, event_ids: Sequence[str | None], invocation_id: str | None
) -> dict[str, Any]:
    event_id = event_ids[index]
    return {
        "Index": index,
        **({"EventId": event_id} if event_id else {}),
        **single(result, invocation_id),
    }


def _error(failure: Failure) -> dict[str, Any]:
    error: dict[str, Any] = {
        "Code": failure.kind.code,
        "Message": failure.message,
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
