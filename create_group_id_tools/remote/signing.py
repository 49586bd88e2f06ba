"""ACS3-HMAC-SHA256 for callers of Function Compute: its API, and triggers that ask for it.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-signature-authentication-for-http-triggers
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from onsmqtt_stub import signatures

if TYPE_CHECKING:
    import requests

    from create_group_id_tools.runtime.context import Credentials

_SIGNED = re.compile("host|content-type|x-(acs|fc)-.+")


def sign(request: requests.PreparedRequest, role: Credentials, now: float) -> None:
    """Sign a request as it will be sent; `now` in epoch seconds.

    The body counts by its `x-acs-content-sha256`; without that header only an empty one is
    signed, which is how the triggers' document signs.
    """
    url = urlsplit(str(request.url))
    request.headers["host"] = url.netloc
    request.headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
    if role.security_token:
        request.headers["x-acs-security-token"] = role.security_token
    headers = {name.lower(): value for name, value in request.headers.items()}
    names = sorted(name for name in headers if _SIGNED.fullmatch(name))
    canonical = signatures.acs3_canonical_request(
        str(request.method),
        url.path,
        signatures.canonical_query(parse_qsl(url.query, keep_blank_values=True)),
        headers,
        names,
        headers.get("x-acs-content-sha256", ""),
    )
    signature = signatures.acs3_signature(
        role.access_key_secret, signatures.acs3_string_to_sign(canonical)
    )
    request.headers["Authorization"] = (
        f"{signatures.ACS3} Credential={role.access_key_id},"
        f"SignedHeaders={';'.join(names)},Signature={signature}"
    )
