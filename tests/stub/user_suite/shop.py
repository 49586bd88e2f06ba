"""A shop whose sign-up creates a group, with several clients."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import uuid
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import httpx
import requests
import urllib3
from alibabacloud_onsmqtt20200420.client import Client
from alibabacloud_onsmqtt20200420.models import CreateGroupIdRequest
from alibabacloud_tea_openapi.models import Config

REGIONAL = "https://onsmqtt.cn-hangzhou.aliyuncs.com"
INSTANCE = "mqtt-cn-0pp1ldu0001"


SECRET = "testsecret"


def url_of(group_id: str, base: str = REGIONAL, *, secret: str = SECRET, **more: str) -> str:
    """Sign a call with signature V1, by its documents."""
    parameters = {
        "AccessKeyId": "testid",
        "Action": "CreateGroupId",
        "Format": "JSON",
        "GroupId": group_id,
        "InstanceId": INSTANCE,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": str(uuid.uuid4()),
        "SignatureVersion": "1.0",
        "Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Version": "2020-04-20",
        **more,
    }
    query = urlencode(sorted(parameters.items()), quote_via=quote)
    text = f"POST&%2F&{quote(query, safe='')}"
    digest = hmac.digest(f"{secret}&".encode(), text.encode(), hashlib.sha1)
    signature = quote(base64.b64encode(digest).decode(), safe="")
    return f"{base}/?{query}&Signature={signature}"


def sign_up(group_id: str, base: str = REGIONAL, session: Any = requests) -> int:
    """Create a group with requests. Return the status."""
    response = session.post(url_of(group_id, base), timeout=5)
    status: int = response.status_code
    return status


def sdk(url: str | None = None) -> Client:
    """Make the official SDK's client, for the regional endpoint if there is no URL."""
    key = {"access_key_id": "testid", "access_key_secret": "testsecret"}
    if url is None:
        return Client(Config(**key, region_id="cn-hangzhou"))
    return Client(Config(**key, endpoint=url.removeprefix("http://"), protocol="http"))


def with_sdk(group_id: str, url: str | None = None) -> int:
    request = CreateGroupIdRequest(group_id=group_id, instance_id=INSTANCE)
    return int(sdk(url).create_group_id(request).status_code)


def with_sdk_async(group_id: str, url: str | None = None) -> int:
    request = CreateGroupIdRequest(group_id=group_id, instance_id=INSTANCE)
    return int(asyncio.run(sdk(url).create_group_id_async(request)).status_code)


def with_httpx(group_id: str, url: str | None = None) -> int:
    with httpx.Client(trust_env=False) as client:
        return int(client.post(url_of(group_id, url or REGIONAL)).status_code)


def with_httpx_async(group_id: str, url: str | None = None) -> int:
    async def call() -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.post(url_of(group_id, url or REGIONAL))
            return int(response.status_code)

    return asyncio.run(call())


def with_aiohttp(group_id: str, url: str | None = None) -> int:
    async def call() -> int:
        signed = url_of(group_id, url or REGIONAL)
        async with aiohttp.ClientSession() as session, session.post(signed) as response:
            return response.status

    return asyncio.run(call())


def with_urllib3(group_id: str, url: str | None = None) -> int:
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request("POST", url_of(group_id, url or REGIONAL)).status


NOT_BY_REQUESTS = {
    "SDK, async": with_sdk_async,
    "httpx": with_httpx,
    "httpx, async": with_httpx_async,
    "aiohttp": with_aiohttp,
    "urllib3": with_urllib3,
}
