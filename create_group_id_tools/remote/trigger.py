"""Call an HTTP trigger: turn the event of an HTTP request into that request again.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
"""

from __future__ import annotations

import base64
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import requests

from create_group_id_tools import json_text
from create_group_id_tools.events import http_event
from create_group_id_tools.remote import acs3
from create_group_id_tools.remote.invoke_response import InvokeResponse
from create_group_id_tools.remote.wire import Wire, not_fc, rejection
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from create_group_id_tools.remote.wire import FcResponse
    from create_group_id_tools.runtime.context import AccessCredentials

_JSON = {"Content-Type": "application/json"}
_METHOD, _PATH = re.compile("[A-Z]{1,16}"), re.compile(r"/[!-\"$->@-~]*")
_NAME = re.compile("[A-Za-z0-9_-]+")
_INVOCATION_TYPE = "x-fc-invocation-type"
# Headers of the connection, or of the original caller.
_NOT_SENT = {
    "accept-encoding", "authorization", "connection", "content-length", "cookie", "date", "expect",
    "forwarded", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-proto", "x-real-ip",
}  # fmt: skip


class TriggerClient:
    """Call one URL. `authorize` adds a signature or a token to each request."""

    def __init__(self, url: str, authorize: Callable[[requests.PreparedRequest], None]) -> None:
        self._url, self._authorize, self._wire = url, authorize, Wire()

    def invoke(
        self, payload: bytes, *, asynchronous: bool = False, log: bool = False
    ) -> InvokeResponse:
        """Send the HTTP request that an event describes; POST any other payload as JSON.

        Raise `InvokeError`.
        """
        if log:
            raise CommandError("--log needs an fc3:// or fc2:// target: a trigger returns no log")
        if http_event.is_event(payload):
            request = _of_event(self._url, payload)
        else:
            request = requests.Request("POST", self._url, _JSON, data=payload).prepare()
        if asynchronous:
            request.headers[_INVOCATION_TYPE] = "Async"
        self._authorize(request)
        return _invoke_response(self._wire.send(request))


def with_signature(credentials: AccessCredentials) -> Callable[[requests.PreparedRequest], None]:
    """Return what adds an ACS3 signature, for `authType: function`."""
    return lambda request: acs3.sign(request, credentials, time.time())


def with_token(token: str) -> Callable[[requests.PreparedRequest], None]:
    """Return what adds a token, for `authType: jwt` or `bearer`."""
    return lambda request: request.headers.update({"Authorization": f"Bearer {token}"})


def _of_event(url: str, payload: bytes) -> requests.PreparedRequest:
    event = json_text.read(payload)
    try:
        body = event.get("body", "")
        data = base64.b64decode(body, validate=True) if event["isBase64Encoded"] else body.encode()
        headers = {name: value for name, value in event["headers"].items() if _sent(name.lower())}
        "".join(headers.values()).encode("latin-1")
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        usable = (
            _METHOD.fullmatch(method)
            and _PATH.fullmatch(path)
            and all(map(_NAME.fullmatch, headers))
        )
        whole = _joined(url, path, urlencode(event.get("queryParameters", {})))
        request = requests.Request(method, whole, headers, data=data).prepare()
    # base64, encodings and requests raise ValueError too.
    except (ValueError, KeyError, TypeError, AttributeError):
        usable = None
    if not usable:
        raise CommandError(
            "malformed HTTP trigger event: no valid HTTP request can be built from it"
        )
    return request


def _sent(name: str) -> bool:
    reserved = name.startswith(("x-acs-", "x-fc-")) and name != _INVOCATION_TYPE
    return not reserved and name not in _NOT_SENT


def _joined(url: str, path: str, query: str) -> str:
    parts = urlsplit(url)
    joined = parts.path.rstrip("/") + path if path != "/" else parts.path
    queries = "&".join(filter(None, (parts.query, query)))
    return parts._replace(path=joined, query=queries).geturl()


def _invoke_response(response: FcResponse) -> InvokeResponse:
    failed = http_event.is_failure(response.status, response.body)
    if not (failed or 200 <= response.status < 300 or _is_envelope(response.body)):
        raise rejection(response)
    if "X-Fc-Request-Id" not in response.headers:
        raise not_fc(response)
    return InvokeResponse(response, "InvocationError" if failed else None, by_http=True)


def _is_envelope(body: bytes) -> bool:
    try:
        return type(json_text.read(body)["Success"]) is bool
    except (ValueError, KeyError, TypeError):
        return False
