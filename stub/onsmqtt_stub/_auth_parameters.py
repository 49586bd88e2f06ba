"""The authentication parameters of a request, in either signature version, not yet verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from onsmqtt_stub import signatures
from onsmqtt_stub._errors import ApiError, invalid, missing

if TYPE_CHECKING:
    from onsmqtt_stub._rpc import RpcCall, RpcRequest

# The headers of V3, and the names of the same parameters in V1.
_V3_HEADERS = {
    "x-acs-action": "Action",
    "x-acs-version": "Version",
    "x-acs-date": "Timestamp",
    "x-acs-signature-nonce": "SignatureNonce",
}
_V3_SIGNED = ("host", *_V3_HEADERS, "x-acs-content-sha256")


class AuthParameters(NamedTuple):
    """The access key ID, the signature, and what protects it against replay."""

    access_key_id: str
    signature: str
    timestamp: str
    nonce: str
    security_token: str | None


def canonical_request(request: RpcRequest, call: RpcCall) -> str:
    """Build V3's canonical request from what was received, decoded and encoded again.

    The client's own list says which headers it signed: the official SDK signs more than the
    documents require. The hash is that of the received body, not x-acs-content-sha256.
    """
    authorization = signatures.parse_authorization(request.headers["authorization"])
    assert authorization is not None  # noqa: S101 - read_auth_parameters refuses a malformed one
    return signatures.acs3_canonical_request(
        request.method,
        request.path,
        signatures.canonical_query(call.pairs),
        request.headers,
        authorization.signed_headers,
        signatures.payload_hash(request.body),
    )


def read_auth_parameters(request: RpcRequest, call: RpcCall) -> AuthParameters:
    """Read the parameters. Raise `ApiError` if a mandatory one is missing or malformed."""
    if call.scheme == "V3":
        return _v3(request)
    names = ("Action", "Version", "AccessKeyId", "Signature", "Timestamp", "SignatureNonce")
    parameters = call.parameters
    for name in (*names, "SignatureMethod", "SignatureVersion"):
        if not parameters.get(name):
            raise missing(name)
    if parameters.get("Format", "XML").upper() not in ("JSON", "XML"):
        raise ApiError("InvalidParameter.Format", "Format must be JSON or XML")
    if parameters["SignatureMethod"] != "HMAC-SHA1":
        raise ApiError("InvalidSignatureMethod", "SignatureMethod must be HMAC-SHA1")
    if parameters["SignatureVersion"] != "1.0":
        raise invalid("SignatureVersion", "SignatureVersion must be 1.0")
    return AuthParameters(
        parameters["AccessKeyId"],
        parameters["Signature"],
        parameters["Timestamp"],
        parameters["SignatureNonce"],
        parameters.get("SecurityToken"),
    )


def _v3(request: RpcRequest) -> AuthParameters:
    headers = request.headers
    for header, name in _V3_HEADERS.items():
        if not headers.get(header):
            raise missing(name)
    authorization = signatures.parse_authorization(headers["authorization"])
    if authorization is None:
        raise ApiError(
            "IncompleteSignature",
            "the Authorization header is malformed",
        )
    token = headers.get("x-acs-security-token")
    required = (*_V3_SIGNED, "x-acs-security-token") if token is not None else _V3_SIGNED
    for header in required:
        if header not in authorization.signed_headers or header not in headers:
            raise ApiError("IncompleteSignature", f"{header} must be sent and signed")
    return AuthParameters(
        authorization.access_key_id,
        authorization.signature,
        headers["x-acs-date"],
        headers["x-acs-signature-nonce"],
        token,
    )
