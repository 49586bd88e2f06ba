"""The errors of OnsMqtt and of its gateway: code, HTTP status and message.

Sources: the product's API pages and metadata (CreateGroupId, DeleteGroupId, ListGroupId), and the
gateway's common error codes. If pages differ on a status, most of them have the one used here.
"""

from __future__ import annotations

import re
from typing import Any

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

PARAMETERS = "Failed to validate the parameters. The parameters may be missing or invalid."
RESOURCE = (
    "An error occurred while validating the resource permissions. Please check the account that "
    "created the instance, topic, and GroupId, and check their permission settings."
)
INSTANCE = (
    "An error occurred while validating the permissions of the instance. Please verify the account "
    "that created the instance and its permissions settings."
)
USED = "The current GroupId is used by another user. Please change to a different GroupId."

RAM = "User not authorized to operate on the specified resource, or this API doesn't support RAM."

KNOWN: dict[str, tuple[int, str]] = {
    # OnsMqtt
    "GroupIdAlreadyExsited": (400, "The specified GroupId already exists."),
    "GroupIdAlreadyUsedByOtherUsers": (400, USED),
    "ParameterFieldCheckFailed": (400, PARAMETERS),
    "InstancePermissionCheckFailed": (400, INSTANCE),
    "InstanceNotFound": (400, "Failed to find the instance. The instanceId may be invalid."),
    "PermissionCheckFailed": (400, RESOURCE),
    "ResourcePermissionCheckFailed": (400, RESOURCE),
    "CreateGroupIdError": (500, "Failed to create GroupId. Try again later."),
    "DeleteGroupIdError": (500, "Failed to delete GroupId. Try again later."),
    "InternalError": (500, "An error occurred while processing your request. Try again later."),
    # Gateway
    "InvalidProduct.NotFound": (404, "Cannot find product according to your specified domain."),
    "InvalidAction.NotFound": (
        404,
        "Specified api is not found, please check your url and method.",
    ),
    "InvalidApi.NotFound": (404, "Specified api is not found,please check your url and method."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidAccessKeyId.Inactive": (400, "Specified access key is disabled."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "InvalidSignatureMethod": (400, "Specified signature method is not valid."),
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.Malformed": (400, "Specified SecurityToken is malformed."),
    "InvalidSecurityToken.MismatchWithAccessKey": (
        400,
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    "InvalidParameter.Format": (400, "Specified parameter format is not valid."),
    "UnsupportedHTTPMethod": (403, "This http method is not supported."),
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "NoPermission": (403, "You are not authorized to do this action."),
    "Forbidden": (403, "The request is forbidden."),
    "Forbidden.RAM": (403, RAM),
    "Forbidden.AccessKeyDisabled": (403, "The Access Key is disabled."),
    "ServiceUnavailable": (
        503,
        "The request has failed due to a temporary failure of the server.",
    ),
    # Of this stub only.
    "StubLacksAction": (501, "This stub of OnsMqtt does not implement the action."),
}


class ApiError(Exception):
    """A refused call: the code for the client, and the reason for the developer of the client.

    `reason` never contains a secret. `message` may contain one if the real gateway's does. A code
    that is not in the table has status 400.
    """

    def __init__(
        self,
        code: str,
        reason: str,
        *,
        status: int | None = None,
        message: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {reason}")
        known_status, known_message = KNOWN.get(code, (400, "The request was refused."))
        self.code = code
        self.reason = reason
        self.status = known_status if status is None else status
        self.message = known_message if message is None else message
        self.detail = detail or {}


def missing(name: str) -> ApiError:
    """Return the gateway's error for a missing parameter."""
    return ApiError(
        f"Missing{name}", f"{name} was not sent", message=f"{name} is mandatory for this action."
    )


def invalid(name: str, reason: str) -> ApiError:
    """Return the gateway's error for a parameter with a wrong value."""
    return ApiError(f"Invalid{name}", reason, message=f"Specified parameter {name} is not valid.")
