"""The function with the legacy SDK: no validation, and only the SDK's own retry."""

import json
import os
import sys
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkonsmqtt.request.v20200420.CreateGroupIdRequest import CreateGroupIdRequest

clients: list[AcsClient] = []


def initialize(_context: Any) -> None:
    """Make the client once."""
    credential = StsTokenCredential(
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"],
    )
    clients.append(AcsClient(region_id="cn-hangzhou", credential=credential))


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    """Create the group that the body of the HTTP request names."""
    body = json.loads(json.loads(event)["body"])
    protocol, _, endpoint = os.environ["ONSMQTT_ENDPOINT"].partition("://")
    request = CreateGroupIdRequest()
    request.set_protocol_type(sys.intern(protocol))  # the SDK compares it by identity
    request.set_endpoint(endpoint)
    request.set_GroupId(body["GroupId"])
    request.set_InstanceId(os.environ["ONSMQTT_INSTANCE_ID"])
    try:
        parsed = json.loads(clients[0].do_action_with_exception(request))
    except ServerException as error:
        status, result = 502, {"Success": False, "Error": {"Code": error.error_code}}
    else:
        status, result = 200, {"Success": True, "RequestId": parsed["RequestId"]}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(result),
    }
