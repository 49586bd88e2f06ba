"""FC's own errors, which are none of the function's.

https://www.alibabacloud.com/help/en/functioncompute/error-codes
"""

from __future__ import annotations

import json

from create_group_id_tools.events.http_event import HttpResponse


class FcError(Exception):
    """A refusal of FC's: an HTTP status, a code, a message that quotes no value."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self, request_id: str, version: int = 3) -> dict[str, str]:
        """Return the body in the shape of FC 3.0 or of 2.0, whose SDK reads `ErrorCode`."""
        if version == 2:
            return {"ErrorCode": self.code, "ErrorMessage": self.message}
        return {"RequestId": request_id, "Code": self.code, "Message": self.message}


def response(error: FcError, request_id: str, body: dict[str, str]) -> HttpResponse:
    """Build the response; the connection ends, since the request's body may be unread."""
    headers = {
        "Connection": "close",
        "Content-Type": "application/json",
        "X-Fc-Request-Id": request_id,
    }
    return HttpResponse(error.status, json.dumps(body).encode(), headers)


def invalid(message: str) -> FcError:
    """Make the error of a request that FC cannot take."""
    return FcError(400, "InvalidArgument", message)


def missing_header(name: str) -> FcError:
    """Make the error of a header that is not there."""
    return FcError(400, "MissingRequiredHeader", f"required HTTP header {name} was not specified")


def denied(message: str) -> FcError:
    """Make the error of a caller who may not."""
    return FcError(403, "AccessDenied", message)


def too_large(limit: int) -> FcError:
    """Make the error of a payload that is too large, whose limit is in bytes."""
    return FcError(
        400, "EntityTooLarge", f"payload size exceeds maximum allowed size ({limit} bytes)"
    )


def internal(message: str) -> FcError:
    """Make the error of a call that failed for a reason of the server's own."""
    return FcError(500, "InternalServerError", message)


def exhausted() -> FcError:
    """Make the error of a call for which no instance is free."""
    return FcError(429, "ResourceExhausted", "every instance of the function is busy")
