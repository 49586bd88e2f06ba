"""Errors say what exists, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from shop import url_of

from onsmqtt_stub import AccessKey, Backend, Fault, mock_onsmqtt


def reason(backend: Backend, url: str) -> str:
    requests.post(url, timeout=1)
    return backend.journal[-1].reason


def test_unknown_key(onsmqtt: Backend) -> None:
    text = reason(onsmqtt, url_of("GID_one", AccessKeyId="mine"))
    assert "testid, STS.testid" in text
    assert "add_key()" in text
    onsmqtt.add_key(AccessKey("mine", "testsecret"))
    assert reason(onsmqtt, url_of("GID_one", AccessKeyId="mine")) == ""


def test_unknown_instance(onsmqtt: Backend) -> None:
    text = reason(onsmqtt, url_of("GID_one", InstanceId="mqtt-mine"))
    assert "mqtt-cn-0pp1ldu0001 (cn-hangzhou)" in text
    assert "add_instance()" in text


def test_wrong_region(onsmqtt: Backend) -> None:
    text = reason(onsmqtt, url_of("GID_one", "https://onsmqtt.cn-beijing.aliyuncs.com"))
    assert "cn-beijing" in text
    assert "cn-hangzhou" in text
    assert "region_id=" in text


def test_clock(onsmqtt: Backend) -> None:
    text = reason(onsmqtt, url_of("GID_one", Timestamp="2020-01-01T00:00:00Z"))
    assert "Settings(clock_window_seconds=" in text


def test_wrong_secret(onsmqtt: Backend) -> None:
    text = reason(onsmqtt, url_of("GID_one", secret="mine"))
    assert "secret" in text
    assert "mine" not in text


@pytest.mark.parametrize(
    ("use", "text"),
    (
        (lambda stub: stub.groups("mqtt-mine"), "mqtt-cn-0pp1ldu0001"),
        (lambda stub: stub.add_group("GID_one", "mqtt-mine"), "add_instance()"),
        (lambda stub: stub.deny("CreateGroup"), 'did you mean "CreateGroupId"'),
        (lambda stub: stub.add_key("mine"), "must be an AccessKey"),
        (lambda stub: stub.set_faults(Fault("reset")), "must be a list of rules"),
        (lambda stub: stub.set_faults([{"effect": "rest"}]), r"faults\[0\].effect: unknown effect"),
        (lambda _: mock_onsmqtt(endpoint="ftp://x"), "endpoint: must be a URL"),
        (lambda _: mock_onsmqtt(passthru="x.example"), "passthru: must be a list"),
    ),
)
def test_bad_arguments(onsmqtt: Backend, use: Any, text: str) -> None:
    with pytest.raises((TypeError, ValueError, KeyError), match=text):
        use(onsmqtt)


def test_arguments_of_a_wrong_type() -> None:
    number: Any = 3
    with pytest.raises(TypeError, match="endpoint: must be a URL"):
        mock_onsmqtt(endpoint=number)
    with pytest.raises(TypeError, match="settings: must be Settings"):
        Backend(settings=number)


def test_rules_as_plain_objects(onsmqtt: Backend) -> None:
    onsmqtt.set_faults([{"effect": "error", "code": "Throttling.User", "times": 1}])
    assert requests.post(url_of("GID_one"), timeout=1).json()["Code"] == "Throttling.User"


@pytest.mark.parametrize(
    "endpoint",
    (
        "https://mqtt.example",
        "HTTPS://MQTT.EXAMPLE/",
        "mqtt.example",
        "MQTT.Example:443",
        "https://mqtt.example:443",
    ),
)
def test_endpoint_in_any_spelling(endpoint: str) -> None:
    with mock_onsmqtt(endpoint=endpoint):
        assert requests.post(url_of("GID_one", "https://mqtt.example"), timeout=1).ok


@mock_onsmqtt
def test_regional_endpoint_in_capitals() -> None:
    assert requests.post(
        url_of("GID_one", "https://ONSMQTT.cn-hangzhou.ALIYUNCS.com"), timeout=1
    ).ok
