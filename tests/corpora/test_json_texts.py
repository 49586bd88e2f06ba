"""Texts of JSON at each place where the function reads one: a text has one verdict everywhere."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import responses

from create_group_id.errors import ProvisioningFailed
from tests.corpora import json_parts, json_texts
from tests.corpora.json_texts import BAD, BOM, GOOD
from tests.function.test_tenants import by_the_contract
from tests.world import World, a_cloud_event, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Callable

SOME = (pytest.param(29, id="some"), pytest.param(1, id="all", marks=pytest.mark.corpora))


def as_an_event(world: World, text: bytes) -> str:
    try:
        world.handle(text)
    except ProvisioningFailed as failure:
        return str(json.loads(str(failure))["Error"]["Code"])
    return GOOD


def over_http(world: World, text: bytes) -> str:
    body = base64.b64encode(text).decode()
    response: Any = world.handle(an_http_event() | {"body": body, "isBase64Encoded": True})
    envelope = json.loads(response["body"])
    return GOOD if envelope["Success"] else str(envelope["Error"]["Code"])


def through_the_gateway(world: World, text: bytes) -> str:
    event = {
        "httpMethod": "POST", "path": "/", "headers": {"content-type": "application/json"},
        "body": base64.b64encode(text).decode(), "isBase64Encoded": "true",
    }  # fmt: skip
    envelope = json.loads(world.handle(event)["body"])
    return GOOD if envelope["Success"] else str(envelope["Error"]["Code"])


def in_base64(world: World, text: bytes) -> str:
    return as_an_event(world, base64.b64encode(text))


def in_a_wrapping(world: World, text: bytes) -> str:
    event = a_cloud_event(None, "mns:Queue:SendMessage")
    event["data"] = {"messageId": "1", "messageBody": base64.b64encode(text).decode()}
    return as_an_event(world, json.dumps(event).encode())


def in_data_base64(world: World, text: bytes) -> str:
    event = a_cloud_event(None) | {"data_base64": base64.b64encode(text).decode()}
    del event["data"]
    return as_an_event(world, json.dumps(event).encode())


def in_a_text(world: World, text: bytes) -> str:
    """Put the text into a string of JSON; what is no UTF-8 becomes halves of pairs there."""
    data = json.dumps(text.decode(errors="surrogateescape"))
    return as_an_event(world, f'{{"partition":0,"offset":0,"value":{data}}}'.encode())


WAYS = (
    as_an_event, over_http, through_the_gateway, in_base64, in_a_wrapping,
    in_data_base64, in_a_text,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("step", SOME)
def test_one_verdict_at_every_place(
    step: int, way: Callable[[World, bytes], str], world: World
) -> None:
    world.environ |= {"ONSMQTT_MAX_QPS": "10000", "LOG_LEVEL": "CRITICAL"}
    for text in (*json_texts.in_a_signup()[::step], *json_texts.documents()[::step]):
        world.backend.reset()
        expected = GOOD if text.verdict == GOOD else "MalformedPayload"
        assert way(world, text.data) == expected, (text.kind, text.data[:80])
        assert world.backend.groups() == ["GID_acme"] * (text.verdict == GOOD)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_name_is_read_as_another_parser_reads_it(
    way: Callable[[World, bytes], str], world: World
) -> None:
    world.environ |= {"ONSMQTT_MAX_QPS": "10000", "LOG_LEVEL": "CRITICAL"}
    tried = 0
    for content in json_parts.GOOD_CONTENTS:
        text = b'{"tenantId":"a' + content + b'"}'
        name = orjson.loads(text)["tenantId"]
        if any(ord(c) < 32 or 127 <= ord(c) < 160 or c == "\ufffd" for c in name):
            continue  # which the contract allows in no name
        tried += 1
        world.backend.reset()
        assert way(world, text) == GOOD, text
        assert world.backend.groups() == [by_the_contract(name, "GID_")]
    assert tried > 30


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("text", (BOM, b"", b" ", b"\x00", b"0", b'"', b'"acme"', b"null", b"]"))
def test_what_holds_no_object_at_all(
    text: bytes, way: Callable[[World, bytes], str], world: World
) -> None:
    assert way(world, text) == "MalformedPayload"
    assert world.calls == 0


# A response that holds more than its RequestId is the API's all the same; other bytes than UTF-8
# must not hide it, and of other readings of JSON than RFC 8259's the contract says nothing.
EITHER = ("no UTF-8", "half of a pair", "name twice", "number that overflows", "depth", "digits")
NOT_A_NUMBER = (b"NaN", b"Infinity", b"-Infinity")


@pytest.mark.parametrize("step", SOME)
def test_in_the_response_of_the_api(step: int, world: World) -> None:
    world.environ |= {"ONSMQTT_MAX_QPS": "10000", "LOG_LEVEL": "CRITICAL"}
    url = "https://onsmqtt.cn-hangzhou.aliyuncs.com/"
    for text in [text for text in json_texts.values() if len(text.data) < 50_000][::step]:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as front:
            front.post(url, body=b'{"RequestId":"R-1","x":' + text.data + b"}")
            response = world.handle(an_http_event({"GroupId": "GID_test"}), a_context(timeout=2))
        envelope = json.loads(response["body"])
        if text.kind in EITHER or text.data in NOT_A_NUMBER:
            assert envelope["Success"] or envelope["Error"]["OutcomeUnknown"]
        elif text.verdict == GOOD:
            assert envelope["Data"]["Outcome"] == "Created", (text.kind, text.data[:80])
        else:
            assert text.verdict == BAD
            error = envelope["Error"]
            assert (error["Code"], error["OutcomeUnknown"]) == ("UpstreamBadResponse", True), text
