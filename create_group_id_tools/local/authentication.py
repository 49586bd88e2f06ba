"""Verify the signatures of FC, EventBridge and SMQ, over the request as it was received.

FC 3.0 and HTTP triggers use ACS3-HMAC-SHA256. FC 2.0 and EventBridge have their own:
https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/configure-signature-authentication-for-http-triggers
https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/signature-authentication
EventBridge's is not documented. This is the one of its SDK, alibabacloud_eventbridge 1.3.8.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from create_group_id_tools.local import fc_errors
from create_group_id_tools.local.fc_errors import FcError
from onsmqtt_stub import ACCESS_KEYS, AccessKey, signatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from create_group_id_tools.events.http_event import HttpRequest

Keys = Mapping[str, AccessKey]
# The stub's: the same credentials work for everything here.
STUB_KEYS: Keys = {key.access_key_id: key for key in ACCESS_KEYS}
_WINDOW_SECONDS = 900
_WRONG_TIME = "the request's date differs from the server's clock by over 15 minutes"
_DATE_FORMATS = {
    "date": "an HTTP date, such as Wed, 25 Nov 2026 00:00:00 GMT",
    "x-acs-date": "a date in UTC, such as 2026-11-25T00:00:00Z",
}
_UNKNOWN_KEY = "unknown access key ID; use the stub's, or with --live the one that the server uses"
_WRONG_TOKEN = "the security token does not belong to the access key ID"  # noqa: S105 - a message
_WRONG_SIGNATURE = (
    "the signature does not match the request; check the secret and the string to sign"
)


def verify_acs3(request: HttpRequest, keys: Keys, now: float) -> None:
    """Verify an ACS3 signature; raise `FcError`. `now` is in epoch seconds.

    A caller may leave the hash of the body out, as the document for triggers does. It then signs
    an empty hash.
    """
    headers = request.lower_headers()
    _require(headers, "authorization", "x-acs-date")
    authorization = signatures.parse_authorization(headers["authorization"])
    if authorization is None:
        form = "ACS3-HMAC-SHA256 Credential=ID,SignedHeaders=NAMES,Signature=HEX"
        raise fc_errors.invalid(f"the Authorization header must be {form}")
    _check_time("x-acs-date", headers["x-acs-date"], now)
    key = _key(keys, authorization.access_key_id, headers.get("x-acs-security-token"))
    body_hash = headers.get("x-acs-content-sha256", "")
    if body_hash and body_hash != signatures.payload_hash(request.body):
        raise fc_errors.denied("x-acs-content-sha256 must be the SHA-256 of the body, in hex")
    canonical = signatures.acs3_canonical_request(
        request.method,
        request.raw_path,
        signatures.canonical_query(request.query),
        headers,
        authorization.signed_headers,
        body_hash,
    )
    expected = signatures.acs3_signature(key.secret, signatures.acs3_string_to_sign(canonical))
    if "x-acs-date" not in authorization.signed_headers or not _same(
        expected, authorization.signature
    ):
        raise fc_errors.denied(_WRONG_SIGNATURE)


def verify_fc(request: HttpRequest, keys: Keys, now: float) -> None:
    """Verify a signature of FC 2.0; raise `FcError`. `now` is in epoch seconds."""
    headers = request.lower_headers()
    _require(headers, "authorization", "date")
    scheme, _, credential = headers["authorization"].partition(" ")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != "FC" or not colon:
        raise fc_errors.invalid("the Authorization header must be FC ID:SIGNATURE")
    _check_time("date", headers["date"], now)
    key = _key(keys, access_key_id, headers.get("x-fc-security-token"))
    signed = sorted(name for name in headers if name.startswith("x-fc-"))
    parts = (
        request.method,
        headers.get("content-md5", ""),
        headers.get("content-type", ""),
        headers["date"],
        *(f"{name}:{headers[name]}" for name in signed),
        unquote(request.raw_path),
    )
    if not _same(_signature(key, parts, "sha256"), signature):
        raise FcError(
            403,
            "SignatureNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your access key and signing method",
        )


def verify_eventbridge(request: HttpRequest, keys: Keys, now: float) -> None:
    """Verify a signature of EventBridge; raise `FcError`. `now` is in epoch seconds.

    The codes: https://www.alibabacloud.com/help/en/eventbridge/error-codes
    """
    headers = request.lower_headers()
    _require(headers, "authorization", "date")
    scheme, _, credential = headers["authorization"].partition(":")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != "acs" or not colon:
        raise fc_errors.invalid("the Authorization header must be acs:ID:SIGNATURE")
    _check_time("date", headers["date"], now)
    key = keys.get(access_key_id)
    if key is None:
        raise FcError(403, "InvalidAccessKeyId", _UNKNOWN_KEY)
    if not _same(key.security_token or "", headers.get("x-acs-security-token", "")):
        raise FcError(403, "SecurityTokenInvalid", _WRONG_TOKEN)
    query = "&".join(f"{name}={value}" for name, value in sorted(request.query))
    parts = (
        request.method,
        headers.get("content-md5", ""),
        headers.get("content-type", ""),
        headers["date"],
        *(f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-acs")),
        f"{request.raw_path}?{query}" if query else request.raw_path,
    )
    if not _same(_signature(key, parts, "sha1"), signature):
        raise FcError(403, "SignatureDoesNotMatch", _WRONG_SIGNATURE)


def verify_mns(request: HttpRequest, keys: Keys, now: float) -> None:
    """Verify a signature of SMQ; raise `FcError`. `now` is in epoch seconds.

    https://www.alibabacloud.com/help/en/mns/developer-reference/request-protocol-description
    The codes: https://www.alibabacloud.com/help/en/mns/error-codes
    """
    headers = request.lower_headers()
    for name, part in (("authorization", "Authorization"), ("x-mns-version", "Version")):
        if not headers.get(name):
            raise FcError(400, f"Missing{part}Header", f"the header {name} is missing")
    date = headers.get("x-mns-date") or headers.get("date")
    if not date:
        raise FcError(400, "MissingDateHeader", "the header date is missing")
    scheme, _, credential = headers["authorization"].partition(" ")
    access_key_id, colon, signature = credential.partition(":")
    if scheme != "MNS" or not colon:
        form = "the Authorization header must be MNS ID:SIGNATURE"
        raise FcError(400, "InvalidAuthorizationHeader", form)
    try:
        sent = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        form = f"the date must be {_DATE_FORMATS['date']}"
        raise FcError(400, "InvalidDateHeader", form) from None
    if abs(sent - now) > _WINDOW_SECONDS:
        raise FcError(400, "TimeExpired", _WRONG_TIME)
    key = keys.get(access_key_id)
    if key is None:
        raise FcError(403, "InvalidAccessKeyId", _UNKNOWN_KEY)
    if not _same(key.security_token or "", headers.get("security-token", "")):
        raise fc_errors.denied(_WRONG_TOKEN)
    signed = sorted(name for name in headers if name.startswith("x-mns-"))
    parts = (
        request.method,
        headers.get("content-md5", ""),
        headers.get("content-type", ""),
        date,
        *(f"{name}:{headers[name]}" for name in signed),
        request.target,
    )
    if not _same(_signature(key, parts, "sha1"), signature):
        raise FcError(403, "SignatureDoesNotMatch", _WRONG_SIGNATURE)


def _require(headers: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not headers.get(name):
            raise fc_errors.missing_header(name)


def _signature(key: AccessKey, parts: Iterable[str], algorithm: str) -> str:
    text = "\n".join(parts).encode()
    return base64.b64encode(hmac.digest(key.secret.encode(), text, algorithm)).decode()


def _key(keys: Keys, access_key_id: str, token: str | None) -> AccessKey:
    key = keys.get(access_key_id)
    if key is None:
        raise FcError(403, "InvalidAccessKeyID", _UNKNOWN_KEY)
    if not _same(key.security_token or "", token or ""):
        raise fc_errors.denied(_WRONG_TOKEN)
    return key


def _check_time(name: str, text: str, now: float) -> None:
    try:
        if name == "x-acs-date":
            sent = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        else:
            sent = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        raise fc_errors.invalid(f"{name} must be {_DATE_FORMATS[name]}") from None
    if abs(sent.timestamp() - now) > _WINDOW_SECONDS:
        raise fc_errors.denied(_WRONG_TIME)


def _same(expected: str, actual: str) -> bool:
    return hmac.compare_digest(expected.encode(), actual.encode("utf-8", "replace"))
