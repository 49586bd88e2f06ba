"""Our error codes, and the one table that maps the OpenAPI's codes to them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_COUNTED_VIOLATIONS, MAX_SHOWN_VIOLATIONS = 100, 20


class Kind(NamedTuple):
    """One of our error codes, with its HTTP status, its message and how to retry.

    `retryable` is advice for the caller. Within an invocation, such a call is retried as long as
    there is time, or only once if `retry_once` is set. `ends_invocation` marks an error of a call
    that every further call of the invocation would get too.
    """

    code: str
    status: int
    message: str
    retryable: bool = False
    retry_once: bool = False
    ends_invocation: bool = False


class Violation(NamedTuple):
    """One error in a payload: a JSON Pointer to it, the schema keyword, and our message."""

    pointer: str
    keyword: str
    message: str


class Failure(Exception):
    """The result of a payload that failed. It never contains a payload's value or upstream text.

    `retry_after` is in seconds; `outcome_unknown` says that the group may exist anyway.
    """

    def __init__(
        self,
        kind: Kind,
        message: str = "",
        *,
        violations: Sequence[Violation] = (),
        upstream_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.message = message or kind.message
        self.violations = violations
        self.upstream_code = upstream_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown

    @property
    def key(self) -> tuple[object, ...]:
        """The fields that decide the envelope of a failure before any call."""
        return self.kind, self.message, self.violations

    def without_traceback(self) -> Failure:
        """Return this failure without its traceback and context, which keep payloads in memory."""
        self.__context__ = None
        return self.with_traceback(None)

    def replace(self, **changes: Any) -> Failure:
        """Return a copy with some attributes changed."""
        fields: dict[str, Any] = self.__dict__ | changes
        return Failure(**fields)


class ProvisioningFailed(Exception):
    """Makes FC count an event as failed. Its message is the compact envelope, at most 8 KiB."""


# Errors that the function detects itself.
MALFORMED_PAYLOAD = Kind("MalformedPayload", 400, "The payload must be a JSON object.")
INVALID_PAYLOAD = Kind("InvalidPayload", 400, "The payload does not match its schema.")
UNKNOWN_EVENT = Kind(
    "UnknownEvent", 400, "The event contains neither a signup (tenantId) nor a request (GroupId)."
)
UNKNOWN_EVENT_TYPE = Kind(
    "UnknownEventType", 400, "The CloudEvent's type is not in TENANT_SIGNUP_EVENT_TYPES: add it."
)
INSTANCE_NOT_ALLOWED = Kind(
    "InstanceNotAllowed",
    403,
    "The MQTT instance is not in ONSMQTT_ALLOWED_INSTANCE_IDS: use another one, or add it.",
)
METHOD_NOT_ALLOWED = Kind("MethodNotAllowed", 405, "The method must be POST.")
PAYLOAD_TOO_LARGE = Kind("PayloadTooLarge", 413, "The body must not be larger than 64 KiB.")
UNSUPPORTED_MEDIA_TYPE = Kind(
    "UnsupportedMediaType",
    415,
    "The Content-Type must be application/json or application/cloudevents+json.",
)
CONFIGURATION_ERROR = Kind("ConfigurationError", 500, "A variable is wrong.")
CREDENTIALS_MISSING = Kind(
    "CredentialsMissing",
    500,
    "The function has no usable credentials: configure a RAM role for it.",
)
INTERNAL_ERROR = Kind("InternalError", 500, "The function has a bug: report the line in its log.")
DEADLINE_EXCEEDED = Kind("DeadlineExceeded", 504, "No time was left for an attempt: retry.", True)

# Errors of a call of the OpenAPI.
GROUP_EXISTS = Kind(
    "GroupIdAlreadyExists", 409, "The group exists: set OnExisting to Succeed, or use another ID."
)
GROUP_TAKEN = Kind(
    "GroupIdUsedByAnotherAccount", 409, "Another account uses the group ID: choose another one."
)
INVALID_PARAMETER = Kind("InvalidParameter", 400, "The OpenAPI rejected a parameter: see Help.")
INSTANCE_DENIED = Kind(
    "InstanceAccessDenied",
    403,
    "The role may not use the MQTT instance, or another account owns it: check both.",
)
ACCESS_DENIED = Kind("AccessDenied", 403, "The role may not create group IDs: check its policy.")
INSTANCE_NOT_FOUND = Kind("InstanceNotFound", 404, "The region has no such instance: check both.")
CREATE_FAILED = Kind(
    "CreateGroupIdFailed", 502, "The OpenAPI failed to create the group: retry later.", True
)
UPSTREAM_ERROR = Kind("UpstreamInternalError", 502, "The OpenAPI had an error: retry later.", True)
THROTTLED = Kind("Throttled", 429, "The OpenAPI throttled the call: retry later.", True)
UNAVAILABLE = Kind("UpstreamUnavailable", 503, "The OpenAPI is unavailable: retry later.", True)
NONCE_USED = Kind(
    "UpstreamRejected", 502, "The OpenAPI rejected the nonce as used: retry.", True, retry_once=True
)
TIMESTAMP_REJECTED = Kind(
    "UpstreamRejected", 502, "The OpenAPI rejected the time stamp: retry.", True, retry_once=True
)
CREDENTIALS_EXPIRED = Kind(
    "CredentialsRejected", 500, "The role's credentials expired: retry.", True, ends_invocation=True
)
CREDENTIALS_REJECTED = Kind(
    "CredentialsRejected",
    500,
    "The OpenAPI rejected the credentials of the role: see Help.",
    ends_invocation=True,
)
REJECTED = Kind("UpstreamRejected", 502, "The OpenAPI rejected the call: see Help.")
TIMED_OUT = Kind("UpstreamTimeout", 504, "The OpenAPI did not respond in time: retry later.", True)
UNREACHABLE = Kind(
    "UpstreamUnreachable", 503, "The OpenAPI is unreachable: retry, or check the network.", True
)
BAD_RESPONSE = Kind(
    "UpstreamBadResponse", 502, "The response is not valid: retry, or check the endpoint.", True
)
REJECTED_ELSEWHERE = Kind(
    "UpstreamBadResponse", 502, "Another server rejected the call: check the endpoint."
)
REDIRECTED = Kind("UpstreamBadResponse", 502, "The response is a redirect: check the endpoint.")

# Codes of the API and of its gateway. `*` stands for any ending; an exact code takes precedence:
# https://www.alibabacloud.com/help/en/apsaramq-for-mqtt/ (CreateGroupId, error codes).
UPSTREAM = {
    "GroupIdAlreadyExsited": GROUP_EXISTS,
    "GroupIdAlreadyExist*": GROUP_EXISTS,
    "GroupIdAlreadyUsedByOtherUsers": GROUP_TAKEN,
    "ParameterFieldCheckFailed": INVALID_PARAMETER,
    "ParameterCheckFailed": INVALID_PARAMETER,
    "InvalidParameter*": INVALID_PARAMETER,
    "MissingGroupId": INVALID_PARAMETER,
    "MissingInstanceId": INVALID_PARAMETER,
    "InstancePermissionCheckFailed": INSTANCE_DENIED,
    "PermissionCheckFailed": ACCESS_DENIED,
    "NoPermission": ACCESS_DENIED,
    "Forbidden*": ACCESS_DENIED,
    "Forbidden.AccessKeyDisabled": CREDENTIALS_REJECTED,
    "InstanceNotFound": INSTANCE_NOT_FOUND,
    "CreateGroupIdError": CREATE_FAILED,
    "InternalError": UPSTREAM_ERROR,
    "Throttling*": THROTTLED,
    "ServiceUnavailable": UNAVAILABLE,
    "SignatureNonceUsed": NONCE_USED,
    "InvalidTimeStamp.Expired": TIMESTAMP_REJECTED,
    "IllegalTimestamp": TIMESTAMP_REJECTED,
    "InvalidSecurityToken.Expired": CREDENTIALS_EXPIRED,
    "InvalidSecurityToken.*": CREDENTIALS_REJECTED,
    "InvalidAccessKeyId*": CREDENTIALS_REJECTED,
    "IncompleteSignature": CREDENTIALS_REJECTED,
    "MissingSecurityToken": CREDENTIALS_REJECTED,
    "SignatureDoesNotMatch": CREDENTIALS_REJECTED,
}
_PREFIXES = [code[:-1] for code in UPSTREAM if code.endswith("*")]


def upstream_kind(code: str) -> Kind | None:
    """Return the kind of an upstream code, or None if the table does not list it."""
    if kind := UPSTREAM.get(code):
        return kind
    if prefix := next((p for p in _PREFIXES if code.startswith(p)), None):
        return UPSTREAM[prefix + "*"]
    return THROTTLED if "FLOW_CONTROL" in code else None


def invalid_payload(violations: Iterable[Violation]) -> Failure:
    """Return the failure of a payload with at least one violation.

    Count only 100 and keep only 20: a payload of 64 KiB may have tens of thousands.
    """
    sample = list(islice(violations, MAX_COUNTED_VIOLATIONS + 1))
    count = f"{len(sample)} violation{'s' if len(sample) > 1 else ''}"
    if len(sample) > MAX_COUNTED_VIOLATIONS:
        count = f"more than {MAX_COUNTED_VIOLATIONS} violations"
    return Failure(
        INVALID_PAYLOAD,
        f"The payload does not match its schema: {count}.",
        violations=tuple(sample[:MAX_SHOWN_VIOLATIONS]),
    )
