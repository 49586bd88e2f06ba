"""Sign a request as the document about HTTP triggers does, with the SDK's signer."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from alibabacloud_openapi_util.client import Client
from Tea.request import TeaRequest


def signed_headers(
    url: str,
    secret: str = "testsecret",  # noqa: S107 - the stub's, as documented
    *,
    method: str = "POST",
    key: str = "STS.testid",
    token: str = "testtoken",  # noqa: S107 - likewise
) -> dict[str, str]:
    """Return the headers that sign a request without its body."""
    parts = urlsplit(url)
    request = TeaRequest()
    request.method, request.pathname = method, parts.path or "/"
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    request.headers = {"x-acs-date": date, "host": parts.netloc}
    if token:
        request.headers["x-acs-security-token"] = token
    signature = Client.get_authorization(request, "ACS3-HMAC-SHA256", "", key, secret)
    return {**request.headers, "Authorization": signature}
