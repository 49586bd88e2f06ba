"""The function with only `http.client`: no library, no validation, no retry. Nothing starts faster.

It verifies TLS against the system's roots.
"""

import json
import os
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

from signed_query import signed_query  # type: ignore[import-not-found]  # it is copied to this folder

connections: list[HTTPConnection] = []


def initialize(_context: Any) -> None:
    """Make the connection once."""
    protocol, _, host = os.environ["ONSMQTT_ENDPOINT"].partition("://")
    if protocol == "https":
        context = ssl.create_default_context()
        connections.append(HTTPSConnection(host, timeout=5, context=context))
    else:
        connections.append(HTTPConnection(host, timeout=5))


def handler(event: bytes, _context: Any) -> dict[str, Any]:
    """Create the group that the body of the HTTP request names."""
    body = json.loads(json.loads(event)["body"])
    connections[0].request("POST", f"/?{signed_query(body['GroupId'])}")
    response = connections[0].getresponse()
    parsed, ok = json.loads(response.read()), response.status == 200
    result = {"RequestId": parsed["RequestId"]} if ok else {"Error": {"Code": parsed["Code"]}}
    return {
        "statusCode": 200 if ok else 502,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"Success": ok, **result}),
    }
