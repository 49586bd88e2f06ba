"""The gateway: who calls, is it really them, may they, and then the operation.

The order of the checks is undocumented; this is the plausible one: method, mandatory parameters,
access key, signature method, time stamp, signature, nonce, version, action, quota, RAM, required
parameters, product.
"""

from __future__ import annotations

import hmac
import re
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

from onsmqtt_stub import signatures
from onsmqtt_stub.actions import IMPLEMENTED, LACKING, VERSION, Action
from onsmqtt_stub.claims import Claims, canonical_request, read_claims
from onsmqtt_stub.diagnosis import explain
from onsmqtt_stub.errors import ApiError, missing
from onsmqtt_stub.models import AccessKey, Caller
from onsmqtt_stub.quotas import Nonces, Quotas

if TYPE_CHECKING:
    from onsmqtt_stub.diagnosis import Mismatch
    from onsmqtt_stub.models import Service
    from onsmqtt_stub.rpc import Request, RpcCall
    from onsmqtt_stub.settings import Settings

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TOKEN = re.compile(r"[!-~]+")


class Gateway:
    """Judges requests against the state; knows faults as little as sockets."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self.nonces = Nonces(settings.nonce_window_seconds)
        self.quotas = Quotas(settings)
        self.mismatches: deque[Mismatch] = deque(maxlen=20)

    def admit(self, request: Request, call: RpcCall, now: float) -> tuple[Action, Caller]:
        """Check all that comes before the operation; ApiError at the first failure."""
        self.quotas.count_ip(request.source_ip, now)
        self._check_address(request, call)
        claims = read_claims(request, call)
        key = self._key(claims, now)
        self._check_time(claims.timestamp, now)
        try:
            self._check_signature(request, call, key, claims.signature)
        except ApiError:
            if self._settings.wrong_signature_burns_nonce:
                self.nonces.use(key.access_key_id, claims.nonce, now)
            raise
        self.nonces.use(key.access_key_id, claims.nonce, now)
        action = _action(call)
        self.quotas.count_call(key.account_id, call.action, now)
        if self._settings.ram_denial == "gateway":
            self._check_ram(key, call.action, action)
        for name in action.required:
            if not call.parameters.get(name):
                if self._settings.missing_parameter == "gateway":
                    raise missing(name)
                raise ApiError("ParameterFieldCheckFailed", f"no {name} was sent")
        return action, Caller(key.account_id, request.region_id)

    def perform(self, action: Action, caller: Caller, call: RpcCall, now: float) -> dict[str, Any]:
        """Do the operation, and give its answer without the RequestId."""
        return action.run(self._service, self._settings, caller, call.parameters, now)

    def _check_address(self, request: Request, call: RpcCall) -> None:
        known = IMPLEMENTED.get(call.action)
        if request.method not in (known.methods if known else ("GET", "POST")):
            raise ApiError("UnsupportedHTTPMethod", f"the method was {request.method[:16]}")
        if request.path != "/":
            raise ApiError("InvalidApi.NotFound", "the path is not /")
        if not self._settings.any_host and request.region_id is None:
            raise ApiError("InvalidProduct.NotFound", "the host is no endpoint of OnsMqtt")

    def _key(self, claims: Claims, now: float) -> AccessKey:
        key = self._service.keys.get(claims.access_key_id)
        if key is None:
            raise ApiError("InvalidAccessKeyId.NotFound", "there is no such access key")
        if not key.active:
            raise ApiError("InvalidAccessKeyId.Inactive", "the access key is disabled")
        token = claims.security_token
        if token is None:
            if key.security_token is not None:
                raise missing("SecurityToken")
        elif not _TOKEN.fullmatch(token):
            raise ApiError("InvalidSecurityToken.Malformed", "the token is not printable ASCII")
        elif key.security_token is None or not _same(key.security_token, token):
            raise ApiError(
                "InvalidSecurityToken.MismatchWithAccessKey", "the token is not this key's"
            )
        if key.expires_at is not None and now >= key.expires_at:
            raise ApiError("InvalidSecurityToken.Expired", "the token's time is over")
        return key

    def _check_time(self, timestamp: str, now: float) -> None:
        try:
            if not _TIMESTAMP.fullmatch(timestamp):
                raise ValueError  # noqa: TRY301 - one path for both ways of being no time stamp
            sent = datetime.fromisoformat(f"{timestamp[:-1]}+00:00").timestamp()
        except ValueError:
            raise ApiError("InvalidTimeStamp.Format", "not yyyy-MM-ddTHH:mm:ssZ") from None
        skew = sent - now
        if abs(skew) > self._settings.clock_window_seconds:
            where = "ahead of" if skew > 0 else "behind"
            raise ApiError(
                "InvalidTimeStamp.Expired", f"{abs(skew):.0f} s {where} the stub's clock"
            )

    def _check_signature(
        self, request: Request, call: RpcCall, key: AccessKey, signature: str
    ) -> None:
        if call.scheme == "V1":
            to_sign = signatures.rpc_string_to_sign(request.method, call.pairs)
            right = signatures.rpc_signature(key.secret, to_sign)
            told = "is not matched with our calculation. server string to sign is:" + to_sign
        else:
            canonical = canonical_request(request, call)
            to_sign = signatures.acs3_string_to_sign(canonical)
            right = signatures.acs3_signature(key.secret, to_sign)
            told = (
                f"does not match our calculation. server StringToSign is [{to_sign}] "
                f"server CanonicalRequest is [{canonical}]"
            )
        if _same(right, signature):
            return
        mismatch = explain(request, call, key.access_key_id, key.secret, signature)
        self.mismatches.append(mismatch)
        # Like the real one, the message quotes what was to be signed, a security token included.
        raise ApiError(
            "SignatureDoesNotMatch",
            f"the signature does not verify: {mismatch.explanation}",
            message=f"Specified signature {told}",
        )

    def _check_ram(self, key: AccessKey, name: str, action: Action) -> None:
        if (key.account_id, name) not in self._service.denied:
            return
        detail = {
            "AuthAction": action.ram,
            "AuthPrincipalOwnerId": key.account_id,
            "AuthPrincipalType": "AssumedRoleUser" if key.security_token else "SubUser",
            "NoPermissionType": "ImplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
        }
        raise ApiError(
            "NoPermission", f"the account is denied {name}", detail={"AccessDeniedDetail": detail}
        )


def _action(call: RpcCall) -> Action:
    if call.version != VERSION:
        raise ApiError("InvalidVersion", f"OnsMqtt has version {VERSION} only")
    if call.action in LACKING:
        raise ApiError("StubLacksAction", f"{call.action} is OnsMqtt's, but this stub lacks it")
    if call.action not in IMPLEMENTED:
        raise ApiError("InvalidAction.NotFound", "OnsMqtt has no such action")
    return IMPLEMENTED[call.action]


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
