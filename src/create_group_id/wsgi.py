"""Translate the WSGI requests of FC 2.0's HTTP functions to FC 3.0's HTTP events."""

from __future__ import annotations

import base64
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from create_group_id.http_trigger import MAX_BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


_LENGTH = re.compile("[0-9]{1,4000}")


def serve(
    environ: Mapping[str, Any],
    start_response: Callable[..., Any],
    handle: Callable[[bytes, Any], Any],
) -> Iterable[bytes]:
    """Call `handle` with a WSGI request as FC 3.0 would, and respond with its response struct."""
    response = handle(_event(environ), environ.get("fc.context"))
    body = response["body"].encode()
    status = response["statusCode"]
    headers = [*response["headers"].items(), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


def _event(environ: Mapping[str, Any]) -> bytes:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    length = str(environ.get("CONTENT_LENGTH"))
    # One byte more than allowed is enough to detect a body that is too large.
    size = min(int(length), MAX_BODY + 1) if _LENGTH.fullmatch(length) else 0
    body = environ["wsgi.input"].read(size)
    event = {
        "version": "v1",
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"http": {"method": environ.get("REQUEST_METHOD")}},
    }
    return json.dumps(event).encode()
