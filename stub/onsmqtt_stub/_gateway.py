"""The gateway: authenticates and authorises a call, then performs the operation.

The order of the checks is undocumented. This one is plausible: method, mandatory parameters,
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
from onsmqtt_stub._actions import IMPLEMENTED, UNIMPLEMENTED, VERSION, Action
from onsmqtt_stub._auth_parameters import AuthParameters, canonical_request, read_auth_parameters
from onsmqtt_stub._diagnosis import explain
from onsmqtt_stub._errors import ApiError, missing
from onsmqtt_stub._models import AccessKey, Caller
from onsmqtt_stub._quotas import Nonces, Quotas

if TYPE_CHECKING:
    from onsmqtt_stub._diagnosis import Mismatch
    from onsmqtt_stub._models import State
    from onsmqtt_stub._rpc import RpcCall, RpcRequest
    from onsmqtt_stub._settings import StubSettings

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TOKEN = re.compile(r"[!-~]+")


class Gateway:
    """Checks requests against the state. Faults and connections are not its concern."""

    def __init__(self, state: State, settings: StubSettings) -> None:
        self._state = state
        self._settings = settings
        self.nonces = Nonces(settings.nonce_window_seconds)
        self.quotas = Quotas(settings)
        self.mismatches: deque[Mismatch] = deque(maxlen=20)

    def admit(self, request: RpcRequest, call: RpcCall, now: float) -> tuple[Action, Caller]:
        """Make all checks before the operation. Raise `ApiError` for the first that fails."""
        self.quotas.count_ip(request.source_ip, now)
        self._check_address(request, call)
        auth = read_auth_parameters(request, call)
        key = self._key(auth, now)
        self._check_time(auth.timestamp, now)
        try:
            self._check_signature(request, call, key, auth.signature)
        except ApiError:
            if self._settings.wrong_signature_burns_nonce:
                self.nonces.use(key.access_key_id, auth.nonce, now)
            raise
        self.nonces.use(key.access_key_id, auth.nonce, now)
        action = _action(call)
        self.quotas.count_call(key.account_id, call.action, now)
        if self._settings.ram_denial == "gateway":
            self._check_ram(key, call.action, action)
        for name in action.required:
            if not call.parameters.get(name):
                if self._settings.missing_parameter == "gateway":
                    raise missing(name)
                raise ApiError("ParameterFieldCheckFailed", f"{name} was not sent")
        return action, Caller(key.account_id, request.region_id)

    def perform(self, action: Action, caller: Caller, call: RpcCall, now: float) -> dict[str, Any]:
        """Perform the operation, and return the fields of its response but the RequestId."""
        return action.run(self._state, self._settings, caller, call.parameters, now)

    def _check_address(self, request: RpcRequest, call: RpcCall) -> None:
        known = IMPLEMENTED.get(call.action)
        methods = known.methods if known else ("GET", "POST")
        if request.method not in methods:
            raise ApiError(
                "UnsupportedHTTPMethod",
                f"the method was {request.method[:16]}; use {' or '.join(methods)}",
            )
        if request.path != "/":
            raise ApiError("InvalidApi.NotFound", "the path must be /")
        if not self._settings.any_host and request.region_id is None:
            raise ApiError(
                "InvalidProduct.NotFound",
                "the host is not an endpoint of OnsMqtt; Settings(any_host=True) allows any host",
            )

    def _key(self, auth: AuthParameters, now: float) -> AccessKey:
        key = self._state.keys.get(auth.access_key_id)
        if key is None:
            known = ", ".join(list(self._state.keys)[:5])
            raise ApiError(
                "InvalidAccessKeyId.NotFound",
                f"unknown access key; the backend has {known}; add one with add_key()",
            )
        if not key.active:
            raise ApiError(
                "InvalidAccessKeyId.Inactive", "the access key was added with active=False"
            )
        token = auth.security_token
        if token is None:
            if key.security_token is not None:
                raise missing("SecurityToken")
        elif not _TOKEN.fullmatch(token):
            raise ApiError("InvalidSecurityToken.Malformed", "the token is not printable ASCII")
        elif key.security_token is None or not _same(key.security_token, token):
            raise ApiError(
                "InvalidSecurityToken.MismatchWithAccessKey",
                "the security token does not belong to the access key",
            )
        if key.expires_at is not None and now >= key.expires_at:
            raise ApiError(
                "InvalidSecurityToken.Expired",
                "the security token has expired: its AccessKey has expires_at",
            )
        return key

    def _check_time(self, timestamp: str, now: float) -> None:
        try:
            if not _TIMESTAMP.fullmatch(timestamp):
                raise ValueError  # noqa: TRY301 - the same error for both faults
            sent = datetime.fromisoformat(f"{timestamp[:-1]}+00:00").timestamp()
        except ValueError:
            raise ApiError(
                "InvalidTimeStamp.Format", "the time stamp must have the form yyyy-MM-ddTHH:mm:ssZ"
            ) from None
        skew = sent - now
        window = self._settings.clock_window_seconds
        if abs(skew) > window:
            where = "ahead of" if skew > 0 else "behind"
            raise ApiError(
                "InvalidTimeStamp.Expired",
                f"the time stamp is {abs(skew):.0f} s {where} the stub's clock, more than "
                f"Settings(clock_window_seconds={window:g}) allows",
            )

    def _check_signature(
        self, request: RpcRequest, call: RpcCall, key: AccessKey, signature: str
    ) -> None:
        if call.scheme == "V1":
            to_sign = signatures.rpc_string_to_sign(request.method, call.pairs)
            right = signatures.rpc_signature(key.secret, to_sign)
            comparison = "is not matched with our calculation. server string to sign is:" + to_sign
        else:
            canonical = canonical_request(request, call)
            to_sign = signatures.acs3_string_to_sign(canonical)
            right = signatures.acs3_signature(key.secret, to_sign)
            comparison = (
                f"does not match our calculation. server StringToSign is [{to_sign}] "
                f"server CanonicalRequest is [{canonical}]"
            )
        if _same(right, signature):
            return
        mismatch = explain(request, call, key.access_key_id, key.secret, signature)
        self.mismatches.append(mismatch)
        # As in the real message, the string to sign is quoted, with the security token in it.
        raise ApiError(
            "SignatureDoesNotMatch",
            f"the signature does not match: {mismatch.explanation}",
            message=f"Specified signature {comparison}",
        )

    def _check_ram(self, key: AccessKey, name: str, action: Action) -> None:
        if (key.account_id, name) not in self._state.denied:
            return
        detail = {
            "AuthAction": action.ram,
            "AuthPrincipalOwnerId": key.account_id,
            "AuthPrincipalType": "AssumedRoleUser" if key.security_token else "SubUser",
            "NoPermissionType": "ImplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
        }
        raise ApiError(
            "NoPermission",
            f'the test denied this action with deny("{name}")',
            detail={"AccessDeniedDetail": detail},
        )


def _action(call: RpcCall) -> Action:
    if call.version != VERSION:
        raise ApiError("InvalidVersion", f"the version must be {VERSION}")
    if call.action in UNIMPLEMENTED:
        raise ApiError("StubLacksAction", f"the stub implements only {', '.join(IMPLEMENTED)}")
    if call.action not in IMPLEMENTED:
        raise ApiError("InvalidAction.NotFound", f"OnsMqtt {VERSION} has no such action")
    return IMPLEMENTED[call.action]


def _same(expected: str, received: str) -> bool:
    return hmac.compare_digest(expected.encode(), received.encode("utf-8", "replace"))
