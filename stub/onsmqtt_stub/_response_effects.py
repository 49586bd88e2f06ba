"""The effects that replace the service's response."""

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

MAX_SIZE = 2**30
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


class _Replacement(Effect):
    """Another response replaces the service's."""

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
        """Return the response that is sent."""


class Error(_Replacement):
    """An error `code` of the API with `status`, `message` and `headers`."""

    options = frozenset({"when", "code", "status", "message", "headers", "delay"})
    moments = ("before", "after")
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
    moments = ("before", "after")
    statuses = range(301, 309)

    def check(self, fault: Fault) -> None:
        super().check(fault)
        _checks.header_value("location", fault.location)

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:  # noqa: ARG002 - an override
        return ServerResponse(fault.status or 302, b"", {"Location": fault.location})


class NotJson(_Replacement):
    """HTML, such as a proxy sends."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:  # noqa: ARG002 - an override
        return ServerResponse(fault.status or 200, _HTML, {"Content-Type": "text/html"})


class WrongType(_Replacement):
    """JSON that is not an object."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        body = json.dumps([exchange.request_id]).encode()
        return ServerResponse(fault.status or 200, body, _headers(exchange))


class Empty(_Replacement):
    """A response without a body."""

    options = frozenset({"status", "headers", "delay"})

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        return ServerResponse(fault.status or 200, b"", _headers(exchange))


class Oversized(_Replacement):
    """A valid response of `size` bytes."""

    options = frozenset({"size", "delay"})

    def check(self, fault: Fault) -> None:
        super().check(fault)
        _checks.whole_number("size", fault.size, range(1, MAX_SIZE + 1), fault.effect)

    def response(self, fault: Fault, exchange: Exchange) -> ServerResponse:
        start = json.dumps({"RequestId": exchange.request_id, "Padding": ""})[:-2].encode()
        return ServerResponse(200, start.ljust(fault.size - 2, b"x") + b'"}', _headers(exchange))


def _headers(exchange: Exchange) -> dict[str, str]:
    return {"x-acs-request-id": exchange.request_id, "Content-Type": JSON}
