"""A server that records requests, and returns the response that a test sets."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from create_group_id_tools.events.http_event import HttpRequest, HttpResponse
from create_group_id_tools.local import http_server

if TYPE_CHECKING:
    from collections.abc import Iterator


# The header of every response of Function Compute.
MARK = {"X-Fc-Request-Id": "1-6b05723c-c003a5e9-f1118e4b86c4"}


class Echo:
    """The requests, and the response."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[HttpRequest] = []
        self.response = HttpResponse(200, b'{"Success": true}', MARK)

    def respond(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.response

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the only request."""
        (request,) = self.requests
        return request.lower_headers()


_E = TypeVar("_E", bound=Echo)


@contextmanager
def echoing(echo: _E) -> Iterator[_E]:
    """Run the server."""
    with http_server.running(echo.respond) as echo.url:
        yield echo
