"""The HTTP trigger of one function: check each request, and invoke the function.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-triggers-overview
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.events import http_event
from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import authentication, cross_site, fc_errors

if TYPE_CHECKING:
    from create_group_id_tools.local.authentication import Keys
    from create_group_id_tools.local.function_compute import FunctionCompute

_MAX_HEADERS, _MAX_TARGET = 8 << 10, 4 << 10


@dataclass(frozen=True)
class HttpTrigger:
    """A trigger as it is deployed. With `keys`, callers must sign with one of them."""

    function: str
    methods: tuple[str, ...]
    keys: Keys | None = None

    def respond(
        self, request: HttpRequest, fc: FunctionCompute, request_id: str, now: float
    ) -> HttpResponse:
        """Invoke the function with a request; raise `FcError`."""
        _check_size(request)
        if self.keys is None:
            cross_site.check_media_type(request)
        else:
            authentication.verify_acs3(request, self.keys, now)
        if request.method not in self.methods:
            raise fc_errors.denied(f"the trigger allows only {', '.join(self.methods)}")
        event = http_event.event(request, request_id, now)
        if request.lower_headers().get("x-fc-invocation-type", "").lower() == "async":
            fc.enqueue(self.function, event, request_id, "HTTP")
            return HttpResponse(202, b"", {"X-Fc-Request-Id": request_id})
        outcome = fc.call(self.function, event, request_id, "HTTP")
        return http_event.response(outcome.result, request_id)


def _check_size(request: HttpRequest) -> None:
    if sum(len(name) + len(value) for name, value in request.headers) > _MAX_HEADERS:
        raise fc_errors.invalid(f"the headers may have at most {_MAX_HEADERS} bytes")
    if len(request.target) > _MAX_TARGET:
        raise fc_errors.invalid(f"the path and query may have at most {_MAX_TARGET} bytes")
