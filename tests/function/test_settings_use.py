"""What the variables do: instances, regions, endpoints, event types, pace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import responses

from create_group_id.settings import load
from tests.world import a_cloud_event, a_context

if TYPE_CHECKING:
    from tests.world import World


def test_a_payload_may_name_another_allowed_instance(world: World) -> None:
    world.backend.add_instance("mqtt-2")
    request = {"GroupId": "GID_test", "InstanceId": "mqtt-2"}
    assert world.post(request)["Error"]["Code"] == "InstanceNotAllowed"
    for allowed in ("*", "mqtt-1,mqtt-2"):
        world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = allowed
        assert world.post(request | {"OnExisting": "Succeed"})["Success"]
    del world.environ["ONSMQTT_INSTANCE_ID"], world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"]
    assert world.post(request | {"OnExisting": "Succeed"})["Success"]


def test_the_default_instance_itself_must_be_allowed(world: World) -> None:
    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "mqtt-2"
    error = world.post({"GroupId": "GID_test"})["Error"]
    assert (error["Code"], error["HttpStatus"]) == ("InstanceNotAllowed", 403)
    assert world.calls == 0


@pytest.mark.parametrize(
    ("environ", "context_region", "region"),
    (
        (
            {"ONSMQTT_REGION_ID": "cn-beijing", "FC_REGION": "cn-qingdao"},
            "cn-shanghai",
            "cn-beijing",
        ),
        ({"FC_REGION": "cn-qingdao"}, "cn-shanghai", "cn-shanghai"),
        ({"FC_REGION": "cn-qingdao"}, None, "cn-qingdao"),
        ({"FC_REGION": "cn-qingdao"}, "", "cn-qingdao"),
        ({}, None, None),
    ),
)
def test_the_default_region(
    environ: dict[str, str], context_region: str | None, region: str | None
) -> None:
    assert load(environ, a_context(region=context_region)).region_id == region


def test_a_malformed_region_of_fc_is_not_used() -> None:
    context = a_context()
    for context.region in ("example.com/", 7):
        assert load({"FC_REGION": "cn-qingdao"}, context).region_id == "cn-qingdao"
    assert load({"FC_REGION": "example.com/"}, None).region_id is None


def test_a_missing_region_is_a_configuration_error(world: World) -> None:
    context = a_context(region=None)
    envelope = world.handle({"GroupId": "GID_test"}, context)
    assert envelope["Error"]["Code"] == "ConfigurationError"
    assert "ONSMQTT_REGION_ID" in envelope["Error"]["Message"]
    assert world.handle({"GroupId": "GID_test", "RegionId": "cn-hangzhou"}, context)["Success"]


@pytest.mark.parametrize(
    ("environ", "origin"),
    (
        ({}, "https://onsmqtt.cn-hangzhou.aliyuncs.com"),
        ({"ONSMQTT_NETWORK": "vpc"}, "https://onsmqtt-vpc.cn-hangzhou.aliyuncs.com"),
        ({"ONSMQTT_REGION_ID": "mars-1"}, "https://onsmqtt.mars-1.aliyuncs.com"),
        ({"ONSMQTT_ENDPOINT": "https://gateway.example.com"}, "https://gateway.example.com"),
        ({"ONSMQTT_ENDPOINT": "http://127.0.0.1:8080/"}, "http://127.0.0.1:8080"),
    ),
)
def test_calls_the_configured_endpoint(environ: dict[str, str], origin: str, world: World) -> None:
    world.environ.update(environ)
    with responses.RequestsMock() as front:
        front.post(re.compile(re.escape(origin) + r"/\?"), json={"RequestId": "A"})
        assert world.post({"GroupId": "GID_test"})["Success"]


def test_accepts_the_configured_region(world: World) -> None:
    request = {"GroupId": "GID_test", "RegionId": "mars-1"}
    assert world.post(request)["Error"]["Code"] == "InvalidPayload"
    world.environ["ONSMQTT_REGION_ID"] = "mars-1"
    assert world.post(request)["Error"]["Code"] == "InstanceNotFound"


def test_listed_event_types_replace_the_default(world: World) -> None:
    world.environ["TENANT_SIGNUP_EVENT_TYPES"] = "saas:Tenant:Created, tenant.opened"
    for listed in ("saas:Tenant:Created", "tenant.opened"):
        assert world.handle(a_cloud_event({"tenantId": "acme"}, listed))["Success"]
    assert world.error(a_cloud_event({"tenantId": "acme"}))["Code"] == "UnknownEventType"


def test_the_pace_is_five_calls_per_second_by_default(world: World) -> None:
    world.handle([{"tenantId": f"tenant-{n}"} for n in range(11)])
    at = [call.at for call in world.backend.journal]
    assert at[-1] - at[0] == pytest.approx(2.0)


def test_the_pace_can_be_configured(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "0.5"
    world.handle([{"tenantId": f"tenant-{n}"} for n in range(2)])
    first, second = (call.at for call in world.backend.journal)
    assert second - first == pytest.approx(2.0)
