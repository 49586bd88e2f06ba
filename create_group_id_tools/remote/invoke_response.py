"""What an invocation came to, as its caller learns it."""

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
    """FC's response to a caller.

    `by_http` tells whether a trigger gave it; `error_type` is None where the function did not
    fail.
    """

    response: FcResponse
    error_type: str | None = None
    by_http: bool = False

    @property
    def status(self) -> int:
        """FC's own; 202 says that the invocation is accepted, not what came of it."""
        return self.response.status

    @property
    def body(self) -> bytes:
        """What the function gave, or how it failed."""
        return self.response.body

    @property
    def request_id(self) -> str:
        """FC's own."""
        return self.response.headers.get("X-Fc-Request-Id", "")

    @property
    def log(self) -> str:
        """The log's last 4 KiB, where they were asked for."""
        try:
            tail = base64.b64decode(self.response.headers.get("X-Fc-Log-Result", ""), validate=True)
        except (binascii.Error, ValueError):
            return ""
        return tail.decode(errors="replace")

    @property
    def usage(self) -> str:
        """What FC says of the invocation, in a line."""
        told = [f"Request {self.request_id}"]
        for name, unit in (("Invocation-Duration", "ms"), ("Max-Memory-Usage", "MB")):
            value = self.response.headers.get(f"X-Fc-{name}", "")
            if re.fullmatch(r"[0-9.]+", value):
                told.append(f"{value} {unit}")
        return ", ".join(told)

    def as_http(self) -> HttpResponse:
        """Return what a caller of the HTTP trigger gets, or would get for an event of its own."""
        if self.by_http or self.status == 202:
            return HttpResponse(self.status, self.body, self.response.headers)
        return http_event.response(Result(self.body, self.error_type), self.request_id)
