"""Sign requests to Function Compute's API, and to triggers that demand it (ACS3-HMAC-SHA256).

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-signature-authentication-for-http-triggers
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    import requests

    from create_group_id_tools.runtime.context import AccessCredentials

_ALGORITHM = "ACS3-HMAC-SHA256"
_SIGNED = re.compile("host|content-type|x-(acs|fc)-.+")


def sign(request: requests.PreparedRequest, credentials: AccessCredentials, now: float) -> None:
    """Sign a prepared request. `now` is in epoch seconds.

    The signature covers the body through `x-acs-content-sha256`. Without that header it covers an
    empty hash, as in the document about triggers.
    """
    url = urlsplit(str(request.url))
    request.headers["host"] = url.netloc
    request.headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    if credentials.security_token:
        request.headers["x-acs-security-token"] = credentials.security_token
    headers = {name.lower(): value for name, value in request.headers.items()}
    names = sorted(name for name in headers if _SIGNED.fullmatch(name))
    signed = ";".join(names)
    canonical = "\n".join(
        [
            str(request.method),
            url.path,
            _canonical_query(url.query),
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            signed,
            headers.get("x-acs-content-sha256", ""),
        ]
    )
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = credentials.access_key_secret.encode()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    request.headers["Authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key_id},"
        f"SignedHeaders={signed},Signature={signature}"
    )


def _canonical_query(query: str) -> str:
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
