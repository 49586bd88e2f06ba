"""The environment of the function: right and wrong values of each variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from create_group_id.errors import Failure
from create_group_id.settings import load
from tests.world import a_context

if TYPE_CHECKING:
    from tests.world import World

REGION = {"ONSMQTT_REGION_ID": "cn-hangzhou"}
INSTANCES = {"ONSMQTT_INSTANCE_ID": "mqtt-1"}
WRONG = {
    "ONSMQTT_INSTANCE_ID": ("a b", "mqtt-1\n", "a" * 65, "mqtt/1", "\u00e9"),
    "ONSMQTT_REGION_ID": ("cn.hangzhou", "-cn", "cn-", "cn_hangzhou", "a" * 64, "evil.com/", "a\n"),
    "ONSMQTT_ALLOWED_INSTANCE_IDS": ("a b", ",", "mqtt-1,a/b", "mqtt-1;mqtt-2"),
    "ONSMQTT_NETWORK": ("VPC", "internet", "vpc "),
    "ONSMQTT_ENDPOINT": (
        "onsmqtt.cn-hangzhou.aliyuncs.com",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com",
        "https://user@example.com",
        "https://example.com/path",
        "https://example.com?x=1",
        "https://example.com#x",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:000443",
        "https://" + "a" * 64,
        "https://-a",
        "https://a-",
        "https://example.com:port",
        "https://exa mple.com",
        "https://example.com\n",
        "https://",
        "ftp://example.com",
        "HTTP://example.com",
    ),
    "ONSMQTT_MAX_QPS": (
        "0",
        "0.0",
        "-1",
        "1e3",
        "nan",
        "inf",
        "10000.1",
        "five",
        "\u0665",
        "5/s",
        "000005",
        "0.0000000001",
        ".0000000001",
    ),
    "ON_FAILURE": ("Raise", "true", "raise,return"),
    "TENANT_GROUP_PREFIX": ("GID-", "GID", "GID_p", "GID__", "GID_P_", "GID_abcdefgh_", "GID_p_\n"),
    "TENANT_SIGNUP_EVENT_TYPES": (",", " , "),
    "LOG_LEVEL": ("debug", "WARN", "TRACE", "10"),
}
RIGHT = {
    "ONSMQTT_INSTANCE_ID": ("mqtt-cn-0pp1ldu0001", "post_CN-1", "a", "a" * 64),
    "ONSMQTT_REGION_ID": ("cn-hangzhou", "mars-1", "a", "ab", "a" * 63),
    "ONSMQTT_ALLOWED_INSTANCE_IDS": ("*", "mqtt-1", "mqtt-1,mqtt-2", " mqtt-1 , mqtt-2 ", ",a,"),
    "ONSMQTT_NETWORK": ("public", "vpc"),
    "ONSMQTT_ENDPOINT": (
        "https://gateway.example.com",
        "https://gateway.example.com:8443/",
        "https://ab.C",
        "https://" + "a" * 63,
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://localhost:1",
        "http://[::1]:65535",
    ),
    "ONSMQTT_MAX_QPS": (
        "5",
        "0.5",
        "10000",
        "10000.0",
        "0.001",
        "07.50",
        ".5",
        ".000000001",
        "0.000000001",
    ),
    "ON_FAILURE": ("return", "raise"),
    "TENANT_GROUP_PREFIX": ("GID_", "GID_p_", "GID_staging_", "GID_7_"),
    "TENANT_SIGNUP_EVENT_TYPES": ("tenant.signup", "a,b", "saas:Tenant:Created"),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_a_configuration_error_that_names_it(name: str, world: World) -> None:
    for value in WRONG[name]:
        world.environ[name] = value
        envelope = world.post({"GroupId": "GID_test"})
        assert not envelope["Success"], value
        error = envelope["Error"]
        assert error["Code"] == "ConfigurationError", value
        assert (error["HttpStatus"], error["Retryable"]) == (500, False)
        assert error["Message"].startswith(f"{name} ")
    assert world.calls == 0


@pytest.mark.parametrize("name", RIGHT)
def test_accepts_a_right_value(name: str) -> None:
    for value in RIGHT[name]:
        load(REGION | INSTANCES | {name: value}, None)


def test_does_not_echo_a_wrong_value(world: World) -> None:
    for name in WRONG:
        world.environ[name] = "canary value"
        assert "canary" not in str(world.post({}))
        del world.environ[name]


@pytest.mark.parametrize("name", WRONG)
def test_an_empty_value_counts_as_unset(name: str) -> None:
    assert load({name: ""}, None) == load({}, None)


def test_reads_the_environment_at_each_invocation(world: World) -> None:
    world.environ["TENANT_GROUP_PREFIX"] = "GID_a_"
    world.handle({"tenantId": "acme"})
    world.environ["TENANT_GROUP_PREFIX"] = "GID_b_"
    world.handle({"tenantId": "acme"})
    assert world.backend.groups() == ["GID_a_acme", "GID_b_acme"]


def test_reads_the_variables_of_the_contract_and_no_other(world: World) -> None:
    read: set[str] = set()

    class Recorded(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            read.add(name)
            return super().get(name, default)

        def __getitem__(self, name: str) -> str:
            read.add(name)
            return super().__getitem__(name)

    world.handler._environ = Recorded()
    request = {"GroupId": "GID_test", "InstanceId": "mqtt-1", "RegionId": "cn-hangzhou"}
    envelope = world.handle(request, a_context(credentials=None, region=None))
    assert envelope["Error"]["Code"] == "CredentialsMissing"
    assert read == {
        *WRONG,
        "FC_REGION",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
    }


def test_the_exception_for_a_wrong_value_shows_only_its_code() -> None:
    with pytest.raises(Failure) as failure:
        load({"ONSMQTT_NETWORK": "canary"}, None)
    assert str(failure.value) == "ConfigurationError"
