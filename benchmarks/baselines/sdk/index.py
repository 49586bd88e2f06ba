"""The function with the official SDK, in its simplest form: no validation, no retry."""

import json
import os
from typing import Any

from alibabacloud_onsmqtt20200420.client import Client
from alibabacloud_onsmqtt20200420.models import CreateGroupIdRequest
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

clients: list[Client] = []


def initialize(_context: Any) -> None:
    """Make the client once."""
    protocol, _, endpoint = os.environ["ONSMQTT_ENDPOINT"].partition("://")
    config = Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        security_token=os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"],
        endpoint=endpoint,
        protocol=protocol,
    )
    clients.append(Client(config))


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    """Create the group that the body of the HTTP request names."""
    body = json.loads(json.loads(event)["body"])
    request = CreateGroupIdRequest(
        group_id=body["GroupId"], instance_id=os.environ["ONSMQTT_INSTANCE_ID"]
    )
    try:
        response = clients[0].create_group_id(request)
    except TeaException as error:
        status, result = 502, {"Success": False, "Error": {"Code": error.code}}
    else:
        status, result = 200, {"Success": True, "RequestId": response.body.request_id}
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(result),
    }
