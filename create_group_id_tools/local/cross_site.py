"""Refuse what a web page in the developer's browser could send, by DNS rebinding or a form.

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
    """Raise `FcError` unless Host is loopback: a page's own name may resolve to 127.0.0.1."""
    if not _LOOPBACK.fullmatch(request.lower_headers().get("host", "")):
        raise fc_errors.denied(
            "Host must be 127.0.0.1, localhost or [::1]: no other name is served"
        )


def check_media_type(request: HttpRequest) -> None:
    """Raise `FcError` for a body of a type that a page may send without asking first."""
    media_type = request.lower_headers().get("content-type", "").partition(";")[0].strip().lower()
    if request.method not in _SAFE_METHODS and not _JSON.fullmatch(media_type):
        raise FcError(
            415,
            "UnsupportedMediaType",
            "without a signature Content-Type must be application/json or application/*+json, "
            "which no other site's page can send",
        )
