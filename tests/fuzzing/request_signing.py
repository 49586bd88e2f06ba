"""Signatures of a raw request, by the rules of each API of the cloud.

V3: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
FC 2.0: https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/signature-authentication
SMQ: https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
"""

from __future__ import annotations

import base64
import hmac
import io
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from onsmqtt_stub import _framing, signatures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from onsmqtt_stub import AccessKey
    from onsmqtt_stub._framing import Received


def received(raw: bytes) -> Received | None:
    """Return the first request as the local servers read it, or None if they refuse it."""
    file = io.BytesIO(raw)
    try:
        head = _framing.read_head(file)
        return _framing.request(head, _framing.read_body(file, head, 1 << 20)) if head else None
    except _framing.Malformed:
        return None


def v3(raw: bytes, key: AccessKey) -> bytes:
    """Sign with V3, the host and all x-acs headers."""
    request = received(raw)
    if request is None:
        return raw
    added = {"x-acs-security-token": key.security_token} if key.security_token else {}
    headers = {**request.headers, **added}
    names = sorted(name for name in headers if name == "host" or name.startswith("x-acs-"))
    text = signatures.acs3_canonical_request(
        request.head.method,
        request.path,
        signatures.canonical_query(parse_qsl(request.query, keep_blank_values=True)),
        headers,
        names,
        headers.get("x-acs-content-sha256", "") and signatures.payload_hash(request.body),
    )
    signature = signatures.acs3_signature(key.secret, signatures.acs3_string_to_sign(text))
    credential = f"{signatures.ACS3} Credential={key.access_key_id}"
    value = f"{credential},SignedHeaders={';'.join(names)},Signature={signature}"
    return _with_headers(raw, {**added, "Authorization": value})


def v1(raw: bytes, key: AccessKey) -> bytes:
    """Sign with V1: the parameters of the query."""
    request = received(raw)
    if request is None:
        return raw
    pairs = parse_qsl(request.query, keep_blank_values=True)
    text = signatures.rpc_string_to_sign(request.head.method, pairs)
    signature = quote(signatures.rpc_signature(key.secret, text), safe="")
    return raw.replace(b" HTTP/1.", f"&Signature={signature} HTTP/1.".encode(), 1)


def fc2(raw: bytes, key: AccessKey) -> bytes:
    """Sign with the signature of FC 2.0."""
    request = received(raw)
    if request is None:
        return raw
    parts = _parts(request, "x-fc-", unquote(request.path))
    return _with_headers(raw, {"Authorization": f"FC {_signed(key, parts, 'sha256')}"})


def mns(raw: bytes, key: AccessKey) -> bytes:
    """Sign with the signature of SMQ."""
    request = received(raw)
    if request is None:
        return raw
    parts = _parts(request, "x-mns-", request.head.target)
    return _with_headers(raw, {"Authorization": f"MNS {_signed(key, parts, 'sha1')}"})


def eventbridge(raw: bytes, key: AccessKey) -> bytes:
    """Sign with the signature of EventBridge."""
    request = received(raw)
    if request is None:
        return raw
    query = "&".join(
        f"{k}={v}" for k, v in sorted(parse_qsl(request.query, keep_blank_values=True))
    )
    parts = _parts(request, "x-acs", f"{request.path}?{query}" if query else request.path)
    return _with_headers(raw, {"Authorization": f"acs:{_signed(key, parts, 'sha1')}"})


def _parts(request: Received, prefix: str, resource: str) -> list[str]:
    headers = request.headers
    names = sorted(name for name in headers if name.startswith(prefix))
    common = [headers.get(name, "") for name in ("content-md5", "content-type", "date")]
    return [request.head.method, *common, *(f"{n}:{headers[n]}" for n in names), resource]


def _signed(key: AccessKey, parts: Sequence[str], algorithm: str) -> str:
    digest = hmac.digest(key.secret.encode(), "\n".join(parts).encode(), algorithm)
    return f"{key.access_key_id}:{base64.b64encode(digest).decode()}"


def _with_headers(raw: bytes, headers: Mapping[str, str]) -> bytes:
    line, end, rest = raw.partition(b"\n")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return line + end + lines.encode("latin-1", "replace") + rest
