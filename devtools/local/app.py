"""The WSGI application: from a received request to the API, the trigger or the page."""

from __future__ import annotations

import json
import time
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import EnvironHeaders
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_input_stream

from devtools.local import errors, invoke_api, page
from devtools.local.errors import FcError
from devtools.local.http_event import HttpRequest, HttpResponse
from devtools.local.service import MAX_SYNC
from devtools.runtime_context import new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devtools.local.http_trigger import HttpTrigger
    from devtools.local.service import Service


class _Response(Response):
    default_mimetype = None


class App:
    """Answers everything that reaches the port."""

    def __init__(self, service: Service, trigger: HttpTrigger, local_page: page.Page) -> None:
        self._service, self._trigger, self._page = service, trigger, local_page

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Be a WSGI application."""
        request_id, version = new_request_id(), 3
        try:
            request = _received(environ)
            version = next(
                (
                    version
                    for prefix, version in invoke_api.PREFIXES.items()
                    if request.raw_path.startswith(prefix)
                ),
                0,
            )
            response = self._answer(request, version, request_id)
        except FcError as error:
            body = json.dumps(error.body(request_id, version=version)).encode()
            headers = {"Content-Type": "application/json", "X-Fc-Request-Id": request_id}
            response = HttpResponse(error.status, body, headers)
        status = f"{response.status} {responses.get(response.status, '')}"
        return _Response(response.body, status, dict(response.headers))(environ, start_response)

    def _answer(self, request: HttpRequest, version: int, request_id: str) -> HttpResponse:
        now = time.time()
        if version:
            return invoke_api.answer(request, version, self._service, request_id, now)
        if self._page.serves(request):
            return self._page.answer(request)
        return self._trigger.answer(request, self._service, request_id, now)


def _received(environ: dict[str, Any]) -> HttpRequest:
    try:
        body = get_input_stream(environ, max_content_length=MAX_SYNC).read()
    except RequestEntityTooLarge:
        raise errors.too_large(MAX_SYNC) from None
    target: str = environ["REQUEST_URI"]
    raw_path, _, query = target.partition("?")
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        raw_path=raw_path,
        target=target,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=tuple(EnvironHeaders(environ)),
        body=body,
        source_ip=environ["REMOTE_ADDR"],
        protocol=environ["SERVER_PROTOCOL"],
    )
