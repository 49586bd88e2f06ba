"""The effects that put another response in the place of the service's."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import TYPE_CHECKING

from onsmqtt_stub import _checks
from onsmqtt_stub._effect import Effect, pause
from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._response import JSON, ServerResponse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange, Step
    from onsmqtt_stub._faults import Fault

LARGEST_SIZE = 2**30
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


class _Replacement(Effect):
    """Another response in the place of the service's."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        response = self.response(fault, exchange).with_headers(fault.headers)
        if self.acts_before_commit(fault):
            yield from pause(fault)
            exchange.fail(fault, response)
        else:
            exchange.perform(fault, lambda _: response)
            yield from pause(fault)
        yield response

    @abstractmethod
    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        """Make the response."""


class Error(_Replacement):
    """The response `code` with `status`, `message` and `headers`."""

    options = frozenset({"when", "code", "status", "message", "headers", "delay"})
    times = ("before", "after")
    statuses = range(300, 600)

    def check(self, fault: Fault) -> None:
        super().check(fault)
        _checks.code("code", fault.code)

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        failure = ApiError(fault.code, "fault", status=fault.status, message=fault.message)
        return exchange.error(failure)


class Redirect(_Replacement):
    """A redirect to `location`."""

    options = frozenset({"when", "status", "location", "headers", "delay"})
    times = ("before", "after")
    statuses = range(301, 309)

    def check(self, fault: Fault) -> None:
        super().check(fault)
        _checks.header_value("location", fault.location)

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:  # noqa: ARG002 - one signature
        return ServerResponse(fault.status or 302, b"", {"Location": fault.location})


class NotJson(_Replacement):
    """HTML, as a proxy between would send it."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:  # noqa: ARG002 - one signature
        return ServerResponse(fault.status or 200, _HTML, {"Content-Type": "text/html"})


class WrongType(_Replacement):
    """JSON that is no object."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        body = json.dumps([exchange.request_id]).encode()
        return ServerResponse(fault.status or 200, body, _typed(exchange))


class Empty(_Replacement):
    """No body."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        return ServerResponse(fault.status or 200, b"", _typed(exchange))


class Oversized(_Replacement):
    """A valid response of `size` bytes."""

    options = frozenset({"size", "delay"})

    def check(self, fault: Fault) -> None:
        super().check(fault)
        requirement = f'"oversized" takes 1 to {LARGEST_SIZE}'
        _checks.whole_number("size", fault.size, range(1, LARGEST_SIZE + 1), requirement)

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        start = json.dumps({"RequestId": exchange.request_id, "Padding": ""})[:-2].encode()
        return ServerResponse(200, start.ljust(fault.size - 2, b"x") + b'"}', _typed(exchange))


def _typed(exchange: Exchange) -> dict[str, str]:
    return {"x-acs-request-id": exchange.request_id, "Content-Type": JSON}
