"""A server that notes what it gets, and answers to order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from devtools.local import server
from devtools.local.http_event import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo:
    """What came, and what is answered."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[HttpRequest] = []
        self.response = HttpResponse(200, b'{"Success": true}')

    def answer(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.response

    @property
    def headers(self) -> dict[str, str]:
        """Those of the one request that came."""
        (request,) = self.requests
        return request.lower_headers()


_E = TypeVar("_E", bound=Echo)


@contextmanager
def echoing(echo: _E) -> Iterator[_E]:
    """Run one."""
    with server.running(echo.answer) as echo.url:
        yield echo
