"""ACS3-HMAC-SHA256, the signature V3 of Alibaba Cloud's OpenAPI; pure functions.

https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def canonical_query(parameters: Iterable[tuple[str, str]]) -> str:
    """Return the parameters sorted and percent-encoded (RFC 3986), as they are also sent."""
    return urlencode(sorted(parameters), quote_via=quote)


def authorization(
    method: str,
    query: str,
    headers: Mapping[str, str],
    access_key_id: str,
    access_key_secret: str,
) -> str:
    """Return the Authorization header of a request to `/` without a body.

    It signs all of `headers`; their names must be in lower case, and their values without white
    space around them.
    """
    names = sorted(headers)
    signed_headers = ";".join(names)
    canonical_headers = "".join(f"{name}:{headers[name]}\n" for name in names)
    request = f"{method}\n/\n{query}\n{canonical_headers}\n{signed_headers}\n{EMPTY_BODY}"
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(access_key_secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={access_key_id}"
    return f"{ALGORITHM} {credential},SignedHeaders={signed_headers},Signature={signature}"
