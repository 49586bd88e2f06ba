"""The result of an invocation, in the bytes that FC returns.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/event-handlers-1-1
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling-1-1
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import traceback
from dataclasses import dataclass
from typing import Any

from create_group_id_tools.runtime.loader import LoadError

UNHANDLED = "UnhandledInvocationError"
INITIALIZATION = "InitializationError"
EXITED = "Process exited unexpectedly before completing request"


@dataclass(frozen=True)
class Result:
    """The body; `error_type` is the value of X-Fc-Error-Type, or None without a failure.

    `value` and `error` are what the handler returned or raised. Only its own process has them.
    """

    body: bytes
    error_type: str | None = None
    value: object = None
    error: BaseException | None = None


def returned(value: object) -> Result:
    """Encode a return value; raise like `json.dumps` if it cannot be encoded."""
    if isinstance(value, bytes):
        return Result(value, value=value)
    if isinstance(value, str):
        return Result(value.encode(), value=value)
    text = json.dumps(value, default=_default, indent=4, sort_keys=True)
    return Result(text.encode(), value=value)


def raised(error: BaseException, error_type: str = UNHANDLED) -> Result:
    """Return the description of an exception that the caller gets, without its causes."""
    if not isinstance(error, Exception):
        return failed(EXITED, error_type, error)
    if isinstance(error, LoadError):
        description: dict[str, Any] = {"errorMessage": str(error), "errorType": error.kind}
        trace: list[Any] = error.stack_trace
    else:
        description = {"errorMessage": str(error), "errorType": type(error).__name__}
        # Without the first frame, which is the runtime's.
        trace = [_frame(frame) for frame in traceback.extract_tb(error.__traceback__)[1:]]
    if trace:
        description["stackTrace"] = trace
    return Result(_dumped(description), error_type, error=error)


def failed(message: str, error_type: str = UNHANDLED, error: BaseException | None = None) -> Result:
    """Return the description of a failure without an exception: a timeout, a dead process."""
    return Result(_dumped({"errorMessage": message}), error_type, error=error)


def _dumped(description: dict[str, Any]) -> bytes:
    return json.dumps(description, indent=4, sort_keys=True).encode()


def _frame(frame: traceback.FrameSummary) -> list[str]:
    place = [f'File "{frame.filename}"', f"line {frame.lineno}", f"in {frame.name}"]
    return [*place, frame.line] if frame.line else place


def _default(value: Any) -> object:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dt.date):  # or a datetime
        return value.isoformat()
    if hasattr(value, "to_json"):
        return value.to_json()
    raise TypeError(f"{value!r} is not JSON serializable")
