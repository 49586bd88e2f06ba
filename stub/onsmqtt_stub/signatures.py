"""The two signatures of Alibaba Cloud's RPC gateway, as pure functions.

Sources, in the SDK documentation of Alibaba Cloud: "Request syntax and signature method V3" for V3
(ACS3-HMAC-SHA256), "Request syntax and signature method V2 for RPC APIs" for V1 (HMAC-SHA1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ACS3 = "ACS3-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_AUTHORIZATION = re.compile(
    rf"{ACS3} Credential=([^,\s]+), ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{{64}})"
)


class Authorization(NamedTuple):
    """A parsed V3 Authorization header."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(value: str) -> Authorization | None:
    """Parse a V3 Authorization header. Return None if it is malformed."""
    match = _AUTHORIZATION.fullmatch(value.strip())
    if match is None:
        return None
    return Authorization(match[1], tuple(match[2].split(";")), match[3])


def percent(text: str) -> str:
    """Percent-encode as in RFC 3986: all but letters, digits and -_.~ is encoded."""
    return quote(text, safe="")


def canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Build the canonical query from decoded parameters: encoded, and sorted by name."""
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in sorted(pairs))


def payload_hash(body: bytes) -> str:
    """Return the hash of a body that V3 signs: lower-case hex SHA-256."""
    return hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256


def acs3_canonical_request(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    signed_headers: Sequence[str],
    body_hash: str,
) -> str:
    """Build the canonical request from the headers that the client says it signed."""
    names = sorted(signed_headers)
    lines = [f"{name}:{headers.get(name, '').strip()}" for name in names]
    return "\n".join([method, path, query, *lines, "", ";".join(names), body_hash])


def acs3_string_to_sign(canonical_request: str) -> str:
    """Build V3's string to sign: the algorithm, and the hash of the canonical request."""
    return f"{ACS3}\n{hashlib.sha256(canonical_request.encode('utf-8', 'replace')).hexdigest()}"


def acs3_signature(secret: str, string_to_sign: str) -> str:
    """Sign for V3: hex HMAC-SHA256 with the secret as the key."""
    return hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()


def rpc_string_to_sign(method: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Build V1's string to sign from all parameters but the signature itself."""
    query = canonical_query(pair for pair in pairs if pair[0] != "Signature")
    return f"{method}&%2F&{percent(query)}"


def rpc_signature(secret: str, string_to_sign: str) -> str:
    """Sign for V1: base64 HMAC-SHA1 with the secret and `&` as the key."""
    return hmac_sha1(f"{secret}&", string_to_sign)


def hmac_sha1(key: str, text: str) -> str:
    """Return the base64 HMAC-SHA1 of a text."""
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
