"""Alibaba Cloud's own SDKs, each as a function from an action and its parameters to a response."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from alibabacloud_onsmqtt20200420 import models
from alibabacloud_onsmqtt20200420.client import Client
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkonsmqtt.request.v20200420.CreateGroupIdRequest import CreateGroupIdRequest
from aliyunsdkonsmqtt.request.v20200420.DeleteGroupIdRequest import DeleteGroupIdRequest
from aliyunsdkonsmqtt.request.v20200420.ListGroupIdRequest import ListGroupIdRequest
from Tea.exceptions import TeaException

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = {
    "CreateGroupId": "create_group_id",
    "DeleteGroupId": "delete_group_id",
    "ListGroupId": "list_group_id",
}
LEGACY_REQUESTS = {
    "CreateGroupId": CreateGroupIdRequest,
    "DeleteGroupId": DeleteGroupIdRequest,
    "ListGroupId": ListGroupIdRequest,
}


class SdkError(Exception):
    """The error of an SDK: code and status."""

    def __init__(self, code: str, status: int, request_id: str) -> None:
        super().__init__(code, status)
        assert request_id


def current(url: str | None, *, sts: bool = False, **config: Any) -> Any:
    """Return the current SDK's client, for the region's public endpoint if there is no URL."""
    key = {"access_key_id": "testid", "access_key_secret": "testsecret"}
    if sts:
        key |= {"access_key_id": "STS.testid", "security_token": "testtoken"}
    where = {"region_id": "cn-hangzhou"}
    if url is not None:
        where = {"endpoint": url.removeprefix("http://"), "protocol": "http"}
    return Client(Config(**key, **where, **config))


def current_call(
    url: str | None, *, sts: bool = False, asynchronous: bool = False, **config: Any
) -> Any:
    client = current(url, sts=sts, **config)

    def call(action: str, **parameters: str) -> dict[str, Any]:
        request = getattr(models, f"{action}Request")().from_map(parameters)
        try:
            if asynchronous:
                response = asyncio.run(getattr(client, f"{METHODS[action]}_async")(request))
            else:
                response = getattr(client, METHODS[action])(request)
        except TeaException as error:
            raise SdkError(error.code, error.data["statusCode"], error.data["RequestId"]) from error
        return dict(response.body.to_map())

    return call


def legacy_call(url: str, *, sts: bool = False) -> Any:
    if sts:
        credential = StsTokenCredential("STS.testid", "testsecret", "testtoken")
        client = AcsClient(region_id="cn-hangzhou", credential=credential)
    else:
        client = AcsClient("testid", "testsecret", "cn-hangzhou")

    def call(action: str, **parameters: str) -> dict[str, Any]:
        request = LEGACY_REQUESTS[action]()
        request.set_endpoint(url.removeprefix("http://"))
        request.set_accept_format("json")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        try:
            return dict(json.loads(client.do_action_with_exception(request)))
        except ServerException as error:
            raise SdkError(error.error_code, error.http_status, error.request_id) from error

    return call


SDKS: dict[str, Callable[..., Any]] = {
    "current": current_call,
    "current, async": lambda url, sts=False: current_call(url, sts=sts, asynchronous=True),
    "current, V1": lambda url, sts=False: current_call(url, sts=sts, signature_algorithm="v2"),
    "legacy": legacy_call,
}
