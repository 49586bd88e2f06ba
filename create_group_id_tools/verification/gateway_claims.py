"""Claims about the gateway in front of OnsMqtt. Each check makes calls that are refused."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from create_group_id_tools.verification.claim import Claim, NotCheckedError

if TYPE_CHECKING:
    from create_group_id_tools.runtime.context import AccessCredentials
    from create_group_id_tools.verification.instance_probe import InstanceProbe
    from create_group_id_tools.verification.onsmqtt_client import ApiResponse

_MINUTE = 60
_IDLE_SECONDS = 9.5  # the function reuses a connection for up to 10
_BURST = 30  # calls, with a quota of 10 per second


def _invalid_group(probe: InstanceProbe) -> str:
    return probe.refused().summary


def _missing_parameter(probe: InstanceProbe) -> str:
    return probe.client.call("CreateGroupId", {"InstanceId": probe.instance_id}).summary


def _unknown_instance(probe: InstanceProbe) -> str:
    parameters = {"GroupId": "GID_verify", "InstanceId": "mqtt-cn-verify00000"}
    return probe.client.call("CreateGroupId", parameters).summary


def _unknown_key(probe: InstanceProbe) -> str:
    unknown = replace(probe.client.credentials, access_key_id="LTAIverify", security_token="")
    return probe.refused(credentials=unknown).summary


def _wrong_signature(probe: InstanceProbe) -> str:
    return probe.refused(credentials=_wrong_secret(probe)).summary


def _reused_nonce(probe: InstanceProbe) -> str:
    nonce = uuid.uuid4().hex
    probe.refused(nonce=nonce)
    return probe.refused(nonce=nonce).summary


def _nonce_of_wrong_signature(probe: InstanceProbe) -> str:
    nonce = uuid.uuid4().hex
    probe.refused(nonce=nonce, credentials=_wrong_secret(probe))
    return _accepted_or_not(probe, probe.refused(nonce=nonce))


def _clock_behind(probe: InstanceProbe) -> str:
    return _clock(probe, -1)


def _clock_ahead(probe: InstanceProbe) -> str:
    return _clock(probe, 1)


def _clock(probe: InstanceProbe, sign: int) -> str:
    within, beyond = (
        _accepted_or_not(probe, probe.refused(clock_error=sign * minutes * _MINUTE))
        for minutes in (14, 16)
    )
    return f"14 minutes: {within}; 16 minutes: {beyond}"


def _order(probe: InstanceProbe) -> str:
    return probe.refused(clock_error=-16 * _MINUTE, credentials=_wrong_secret(probe)).summary


def _date(probe: InstanceProbe) -> str:
    response = probe.refused(clock_error=-16 * _MINUTE)
    try:
        parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return "no date"
    return "a date"


def _idle_connection(probe: InstanceProbe) -> str:
    kept = probe.client.stays_open("CreateGroupId", probe.invalid_request, _IDLE_SECONDS)
    return "open" if kept else "closed"


def _throttled(probe: InstanceProbe) -> str:
    usual = probe.refused().summary
    with ThreadPoolExecutor(_BURST) as threads:
        responses = list(threads.map(lambda _: probe.refused(paced=False), range(_BURST)))
    return ", ".join(sorted({one.summary for one in responses} - {usual})) or "none"


def _accepted_or_not(probe: InstanceProbe, response: ApiResponse) -> str:
    """Return whether the gateway accepted an invalid request, which only the product refuses."""
    usual = probe.refused()
    if not (usual.succeeded or usual.status == 400):
        raise NotCheckedError(f"even a right call is refused with {usual.summary}")
    return "accepted" if response.summary == usual.summary else response.summary


def _wrong_secret(probe: InstanceProbe) -> AccessCredentials:
    return replace(probe.client.credentials, access_key_secret="wrong")  # noqa: S106 - not a secret


CLAIMS = (
    Claim(
        "invalid-group",
        "The product refuses a group ID that does not begin with `GID_` or `GID-`, after the "
        "gateway accepted the call.",
        "400 ParameterFieldCheckFailed",
        _invalid_group,
    ),
    Claim(
        "missing-parameter",
        "The gateway, not the product, refuses a call without `GroupId`.",
        "400 MissingGroupId",
        _missing_parameter,
    ),
    Claim(
        "unknown-instance",
        "An instance that does not exist has its own error.",
        "400 InstanceNotFound",
        _unknown_instance,
    ),
    Claim(
        "unknown-key",
        "An unknown access key is a 404; some pages say 400.",
        "404 InvalidAccessKeyId.NotFound",
        _unknown_key,
    ),
    Claim(
        "wrong-signature",
        "A wrong signature is a 400 with this code; older pages have `IncompleteSignature`.",
        "400 SignatureDoesNotMatch",
        _wrong_signature,
    ),
    Claim(
        "reused-nonce",
        "A request that arrives twice is refused the second time.",
        "400 SignatureNonceUsed",
        _reused_nonce,
    ),
    Claim(
        "nonce-of-wrong-signature",
        "A request with a wrong signature does not use up its nonce.",
        "accepted",
        _nonce_of_wrong_signature,
    ),
    Claim(
        "clock-behind",
        "A time stamp may be 15 minutes behind; one page says 31 minutes.",
        "14 minutes: accepted; 16 minutes: 400 InvalidTimeStamp.Expired",
        _clock_behind,
    ),
    Claim(
        "clock-ahead",
        "A time stamp may be 15 minutes ahead.",
        "14 minutes: accepted; 16 minutes: 400 InvalidTimeStamp.Expired",
        _clock_ahead,
    ),
    Claim(
        "order",
        "The gateway checks the time stamp before the signature.",
        "400 InvalidTimeStamp.Expired",
        _order,
    ),
    Claim(
        "date",
        "The response to a wrong time stamp has a `Date` header.",
        "a date",
        _date,
    ),
    Claim(
        "idle-connection",
        "The gateway keeps an idle connection open for 9.5 seconds.",
        "open",
        _idle_connection,
    ),
)

THROTTLING_CLAIMS = (
    Claim(
        "throttling",
        "Calls above the quota of 10 per second are a 400 with a code that begins with "
        "`Throttling`.",
        "400 Throttling.User",
        _throttled,
    ),
)
