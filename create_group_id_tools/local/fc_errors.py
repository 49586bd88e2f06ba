"""The errors of Function Compute itself.

https://www.alibabacloud.com/help/en/functioncompute/error-codes
"""

from __future__ import annotations

import json

from create_group_id_tools.events.http_event import HttpResponse


class FcError(Exception):
    """An error of FC: an HTTP status, a code, and a message that quotes no value."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def body(self, request_id: str, version: int = 3) -> dict[str, str]:
        """Return the body in the format of FC 3.0, or of 2.0, whose SDK reads `ErrorCode`."""
        if version == 2:
            return {"ErrorCode": self.code, "ErrorMessage": self.message}
        return {"RequestId": request_id, "Code": self.code, "Message": self.message}


def response(error: FcError, request_id: str, body: dict[str, str]) -> HttpResponse:
    """Build the response. It closes the connection, since the request may not be read whole."""
    headers = {
        "Connection": "close",
        "Content-Type": "application/json",
        "X-Fc-Request-Id": request_id,
    }
    return HttpResponse(error.status, json.dumps(body).encode(), headers)


def invalid(message: str) -> FcError:
    """Return the error for an invalid request."""
    return FcError(400, "InvalidArgument", message)


def missing_header(name: str) -> FcError:
    """Return the error for a missing header."""
    return FcError(400, "MissingRequiredHeader", f"required HTTP header {name} was not specified")


def denied(message: str) -> FcError:
    """Return the error for a caller without permission."""
    return FcError(403, "AccessDenied", message)


def too_large(limit: int) -> FcError:
    """Return the error for a body of more than `limit` bytes."""
    return FcError(
        400, "EntityTooLarge", f"payload size exceeds maximum allowed size ({limit} bytes)"
    )


def internal(message: str) -> FcError:
    """Return the error for a failure of the server itself."""
    return FcError(500, "InternalServerError", message)


def exhausted() -> FcError:
    """Return the error for a call when no instance is free."""
    return FcError(429, "ResourceExhausted", "every instance of the function is busy; retry later")
