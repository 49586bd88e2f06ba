"""The query of a CreateGroupId call with signature V1, without an SDK.

https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

import base64
import hashlib
import hmac
import os
import time
from urllib.parse import quote


def signed_query(group_id: str) -> str:
    """Return the query of a POST to `/`."""
    parameters = {
        "AccessKeyId": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "Action": "CreateGroupId",
        "Format": "JSON",
        "GroupId": group_id,
        "InstanceId": os.environ["ONSMQTT_INSTANCE_ID"],
        "SecurityToken": os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": os.urandom(16).hex(),
        "SignatureVersion": "1.0",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "Version": "2020-04-20",
    }
    query = "&".join(f"{quote(k, '~')}={quote(v, '~')}" for k, v in sorted(parameters.items()))
    key = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] + "&"
    digest = hmac.digest(key.encode(), f"POST&%2F&{quote(query, '~')}".encode(), hashlib.sha1)
    return f"{query}&Signature={quote(base64.b64encode(digest), '~')}"
