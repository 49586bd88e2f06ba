"""FC 3.0's HTTP trigger: turn a request into an event, and a result into a response.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-trigger-invoking-function
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from create_group_id_tools import json_text
from create_group_id_tools.project import ACCOUNT_ID, REGION_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from create_group_id_tools.runtime.result import Result

_PLAIN = {
    "application/json",
    "application/ld+json",
    "application/xhtml+xml",
    "application/xml",
    "application/atom+xml",
    "application/javascript",
}
_RESERVED = {
    "connection", "content-disposition", "content-length", "date", "keep-alive", "server",
    "upgrade",
}  # fmt: skip
# FC passes these to the function. Here they would also get into a page, a file and a log.
_SECRET = {"authorization", "x-acs-security-token", "x-fc-security-token"}
_HIDDEN = "(hidden)"
_CONNECTION = {"host", "connection", "keep-alive"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_MAX_HEADERS = 8 * 1024
# FC's response for every function that raised, timed out or died.
_FAILURE = (502, b"Internal Server Error")


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was received: path and target still encoded, the query decoded.

    `cut` means that the body was too large, and was not read to its end.
    """

    method: str = "POST"
    raw_path: str = "/"
    target: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"

    def lower_headers(self) -> dict[str, str]:
        """Return the headers under their names in lower case, duplicates joined."""
        # Not `strip()`, to which a no-break space is white space too.
        return _joined((name.lower(), value.strip(" \t")) for name, value in self.headers)


@dataclass(frozen=True)
class HttpResponse:
    """The response that the trigger's caller gets."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def event(request: HttpRequest, request_id: str, now: float, *, domain: str = "local") -> bytes:
    """Return the event. `now` is in epoch seconds; `domain` is the first label of the host."""
    headers = _joined(
        (canonical(name), _HIDDEN if name.lower() in _SECRET else value)
        for name, value in request.headers
        if name.lower() not in _CONNECTION
    )
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    plain = (media_type in _PLAIN or media_type.startswith("text/")) and _is_text(request.body)
    return json.dumps(
        {
            "version": "v1",
            "rawPath": request.raw_path,
            "headers": headers,
            "queryParameters": _joined(request.query),
            # How FC handles text that is not UTF-8 is not documented. A replacement character
            # could make two tenants' names equal, so the function gets the bytes.
            "body": request.body.decode() if plain else base64.b64encode(request.body).decode(),
            "isBase64Encoded": not plain,
            "requestContext": {
                "accountId": ACCOUNT_ID,
                "domainName": f"{domain}.{REGION_ID}.fcapp.run",
                "domainPrefix": domain,
                "requestId": request_id,
                "time": datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "timeEpoch": str(int(now * 1000)),
                "http": {
                    "method": request.method,
                    "path": unquote(request.raw_path),
                    "protocol": request.protocol,
                    "sourceIp": request.source_ip,
                    "userAgent": headers.get("User-Agent", ""),
                },
            },
        },
        ensure_ascii=False,
    ).encode()


def is_event(data: bytes) -> bool:
    """Return whether an event is from the HTTP trigger."""
    try:
        value = json_text.read(data)
        return value["version"] == "v1" and "http" in value["requestContext"]
    except (ValueError, KeyError, TypeError):
        return False


def response(result: Result, request_id: str) -> HttpResponse:
    """Return the response to the caller, without headers that FC reserves.

    It is a 502 without details if the function failed, or if its headers are too large or invalid.
    """
    fc_headers = {"Content-Type": "application/json", "X-Fc-Request-Id": request_id}
    if result.error_type:
        return HttpResponse(*_FAILURE, fc_headers)
    struct = _struct(result.body)
    if struct is None:
        return HttpResponse(200, result.body, fc_headers)
    fields = struct.get("headers")
    headers = {
        canonical(name): str(value)
        for name, value in (fields.items() if isinstance(fields, dict) else ())
        if name.lower() not in _RESERVED and not name.lower().startswith("x-fc-")
    }
    status = struct["statusCode"]
    if not _sendable(headers) or type(status) is not int or not 200 <= status <= 599:
        return HttpResponse(*_FAILURE, fc_headers)
    return HttpResponse(status, _body(struct), {**fc_headers, **headers})


def is_failure(status: int, body: bytes) -> bool:
    """Return whether a response is FC's for a function that failed."""
    return (status, body) == _FAILURE


def canonical(name: str) -> str:
    """Return a header's name in Go's canonical form."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _struct(body: bytes) -> dict[str, Any] | None:
    try:
        value = json_text.read(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "statusCode" in value else None


def _sendable(headers: dict[str, str]) -> bool:
    size = sum(len(name) + len(value) for name, value in headers.items())
    return size <= _MAX_HEADERS and all(
        _NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()
    )


def _body(struct: dict[str, Any]) -> bytes:
    body = struct.get("body", "")
    if not isinstance(body, str):
        return json.dumps(body).encode()
    data = body.encode(errors="surrogatepass")
    if struct.get("isBase64Encoded") is not True:
        return data
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return data  # as FC does, without an error
