"""The function with only `requests`: a session, a signature, no validation, no retry."""

import json
import os
from typing import Any

import requests
from signed_query import signed_query  # type: ignore[import-not-found]  # it is copied to this folder

session = requests.Session()


def initialize(_context: Any) -> None:
    """Do nothing, as an initializer."""


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    """Create the group that the body of the HTTP request names."""
    body = json.loads(json.loads(event)["body"])
    url = f"{os.environ['ONSMQTT_ENDPOINT']}/?{signed_query(body['GroupId'])}"
    response = session.post(url, timeout=5)
    parsed, ok = response.json(), response.ok
    result = {"RequestId": parsed["RequestId"]} if ok else {"Error": {"Code": parsed["Code"]}}
    return {
        "statusCode": 200 if ok else 502,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"Success": ok, **result}),
    }
