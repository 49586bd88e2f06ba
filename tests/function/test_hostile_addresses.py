"""Regions, instances, groups and tags that try to become a host, a header or a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import responses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

REQUEST = {"GroupId": "GID_test"}


@pytest.fixture
def urls(world: World) -> Iterator[list[str]]:
    """Return the URL of every call, to any host."""
    calls: list[str] = []

    def respond(request: Any) -> tuple[int, dict[str, str], str]:
        calls.append(request.url)
        return 200, {}, '{"RequestId": "A"}'

    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "*"
    with responses.RequestsMock(assert_all_requests_are_fired=False) as front:
        front.add_callback(responses.POST, re.compile(".*"), respond)
        yield calls


SMUGGLED = (
    "evil.example.com/",
    "evil.example.com#",
    "evil.example.com?",
    "cn-hangzhou.evil.example.com",
    "x@evil.example.com/",
    "cn-hangzhou.aliyuncs.com:443@evil.example.com",
    "cn-hangzhou/../",
    "cn-hangzhou\r\nHost: evil.example.com",
    "cn-hangzhou&Action=DeleteGroupId",
    "cn-hangzhou%2f",
    "..",
    "\uff0e",
)


@pytest.mark.parametrize("text", SMUGGLED)
@pytest.mark.parametrize("field", ("RegionId", "InstanceId", "GroupId"))
def test_a_field_cannot_become_a_host_a_header_or_a_parameter(
    field: str, text: str, world: World, urls: list[str]
) -> None:
    assert world.post(REQUEST | {field: text})["Error"]["Code"] == "InvalidPayload"
    name = field[0].lower() + field[1:]
    world.post({"tenantId": "acme"} | {name: text})
    assert all(url.startswith("https://onsmqtt.cn-hangzhou.aliyuncs.com/?") for url in urls)
    assert not [url for url in urls if "evil" in url or "Delete" in url]


CONTROL = ("cn-hangzhou\r\nHost: evil.example.com", "\x00", "\x7f", "a\x9fb", "a\n")


@pytest.mark.parametrize("text", CONTROL)
@pytest.mark.parametrize("part", ("Key", "Value"))
def test_refuses_control_characters_in_a_tag(
    part: str, text: str, world: World, urls: list[str]
) -> None:
    tags = [{"Key": "key", "Value": "value"} | {part: text}]
    error = world.post(REQUEST | {"Tags": tags})["Error"]
    assert [(v["Pointer"], v["Keyword"]) for v in error["Violations"]] == [
        (f"/Tags/0/{part}", "not")
    ]
    assert urls == []


@pytest.mark.parametrize(
    "text", (*(s for s in SMUGGLED if s not in CONTROL), "v&InstanceId=other", " ", "a=b", "+")
)
def test_sends_a_hostile_tag_as_a_tag_only(text: str, world: World, urls: list[str]) -> None:
    assert world.post(REQUEST | {"Tags": [{"Key": text, "Value": text}]})["Success"]
    (url,) = urls
    query = url.removeprefix("https://onsmqtt.cn-hangzhou.aliyuncs.com/?")
    assert query != url
    names = [pair.partition("=")[0] for pair in query.split("&")]
    assert names == ["GroupId", "InstanceId", "RegionId", "Tag.1.Key", "Tag.1.Value"]
    assert not set("\r\n #@") & set(query)
