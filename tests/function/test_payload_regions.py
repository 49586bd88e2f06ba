"""The known regions, by the metadata of the product: en-US/products.json of 2026-04-21.

https://github.com/aliyun/aliyun-openapi-meta, product OnsMqtt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses

from create_group_id import schema

if TYPE_CHECKING:
    from tests.world import World

KNOWN = (
    "cn-qingdao",
    "cn-beijing",
    "cn-zhangjiakou",
    "cn-huhehaote",
    "cn-hangzhou",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-northeast-1",
    "eu-central-1",
    "eu-west-1",
    "us-west-1",
    "us-east-1",
    "me-central-1",
    "cn-chengdu",
    "cn-guangzhou",
    "cn-wulanchabu",
    "cn-heyuan-acdr-1",
    "cn-hangzhou-finance",
    "cn-shanghai-finance-1",
    "cn-shenzhen-finance-1",
)
PUBLIC_ONLY = "mq-internet-access"
CLOSED = ("ap-southeast-2", "ap-south-1", "cn-north-2-gov-1", "ons", "")


def test_no_other_region_ships() -> None:
    regions = schema.load("regions.json")
    assert sorted(regions["regions"]) == sorted(KNOWN)
    assert regions["publicOnly"] == [PUBLIC_ONLY]


@pytest.mark.parametrize("region", KNOWN)
def test_accepts_a_known_region(region: str, world: World) -> None:
    with responses.RequestsMock() as front:
        front.post(f"https://onsmqtt.{region}.aliyuncs.com/", json={"RequestId": "A"})
        envelope = world.post({"GroupId": "GID_test", "RegionId": region})
    assert envelope["Data"]["RegionId"] == region


@pytest.mark.parametrize("region", KNOWN)
def test_a_known_region_has_a_vpc_endpoint(region: str, world: World) -> None:
    world.environ["ONSMQTT_NETWORK"] = "vpc"
    with responses.RequestsMock() as front:
        front.post(f"https://onsmqtt-vpc.{region}.aliyuncs.com/", json={"RequestId": "A"})
        assert world.post({"GroupId": "GID_test", "RegionId": region})["Success"]


@pytest.mark.parametrize("region", CLOSED)
def test_refuses_another_region(region: str, world: World) -> None:
    error = world.post({"GroupId": "GID_test", "RegionId": region})["Error"]
    assert [(v["Pointer"], v["Keyword"]) for v in error["Violations"]] == [("/RegionId", "enum")]


def test_accepts_the_public_region(world: World) -> None:
    with responses.RequestsMock() as front:
        front.post(f"https://onsmqtt.{PUBLIC_ONLY}.aliyuncs.com/", json={"RequestId": "A"})
        assert world.post({"GroupId": "GID_test", "RegionId": PUBLIC_ONLY})["Success"]


def test_the_public_region_has_no_vpc_endpoint(world: World) -> None:
    request = {"GroupId": "GID_test", "RegionId": PUBLIC_ONLY}
    world.environ["ONSMQTT_NETWORK"] = "vpc"
    assert world.post(request)["Error"]["Violations"][0]["Pointer"] == "/RegionId"


def test_refuses_the_public_region_as_configured_with_vpc(world: World) -> None:
    world.environ |= {"ONSMQTT_NETWORK": "vpc", "ONSMQTT_REGION_ID": PUBLIC_ONLY}
    error = world.post({"GroupId": "GID_test"})["Error"]
    assert (error["Code"], world.calls) == ("ConfigurationError", 0)
    assert "ONSMQTT_REGION_ID" in error["Message"]
