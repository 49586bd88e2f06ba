"""The response to an invocation, as its caller gets it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpResponse
from create_group_id_tools.runtime.result import Result

if TYPE_CHECKING:
    from create_group_id_tools.remote.wire import FcResponse


@dataclass(frozen=True)
class InvokeResponse:
    """FC's response to an invocation.

    `error_type` is None unless the function failed. `by_http` is true if it came from a trigger.
    """

    response: FcResponse
    error_type: str | None = None
    by_http: bool = False

    @property
    def status(self) -> int:
        """FC's HTTP status. 202 means that the invocation was accepted; its result is not known."""
        return self.response.status

    @property
    def body(self) -> bytes:
        """The function's return value, or the description of its failure."""
        return self.response.body

    @property
    def request_id(self) -> str:
        """FC's request ID."""
        return self.response.headers.get("X-Fc-Request-Id", "")

    @property
    def log(self) -> str:
        """The last 4 KiB of the log, if they were requested."""
        try:
            tail = base64.b64decode(self.response.headers.get("X-Fc-Log-Result", ""), validate=True)
        except (binascii.Error, ValueError):
            return ""
        return tail.decode(errors="replace")

    @property
    def usage(self) -> str:
        """One line with the request ID, the duration and the memory."""
        parts = [f"Request {self.request_id}"]
        for name, unit in (("Invocation-Duration", "ms"), ("Max-Memory-Usage", "MB")):
            value = self.response.headers.get(f"X-Fc-{name}", "")
            if re.fullmatch(r"[0-9.]+", value):
                parts.append(f"{value} {unit}")
        return ", ".join(parts)

    def as_http(self) -> HttpResponse:
        """Return the response that the HTTP trigger returned, or would return for this result."""
        if self.by_http or self.status == 202:
            return HttpResponse(self.status, self.body, self.response.headers)
        return http_event.response(Result(self.body, self.error_type), self.request_id)
