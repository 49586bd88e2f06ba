"""Reject requests that a web page could send through the developer's browser.

https://fetch.spec.whatwg.org/#cors-safelisted-request-header
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from create_group_id_tools.local import fc_errors
from create_group_id_tools.local.fc_errors import FcError

if TYPE_CHECKING:
    from create_group_id_tools.events.http_event import HttpRequest

_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_JSON = re.compile(r"application/([a-z0-9!#$&^_.+-]+\+)?json")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def check_host(request: HttpRequest) -> None:
    """Raise `FcError` unless Host is loopback: any site's name may resolve to 127.0.0.1."""
    if not _LOOPBACK.fullmatch(request.lower_headers().get("host", "")):
        raise fc_errors.denied("Host must be 127.0.0.1, localhost or [::1], with any port")


def check_media_type(request: HttpRequest) -> None:
    """Raise `FcError` for a media type that a page may send without a CORS preflight."""
    media_type = request.lower_headers().get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in _SAFE_METHODS and not _JSON.fullmatch(media_type):
        raise FcError(
            415,
            "UnsupportedMediaType",
            "Content-Type must be application/json or application/*+json unless the request is "
            "signed, so that no web page can send it",
        )
