"""The rows of the error map for calls that end in no code of the service's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses

from onsmqtt_stub import Fault
from tests.world import an_http_event

if TYPE_CHECKING:
    from tests.world import World

NO, YES = False, True
REQUEST = {"GroupId": "GID_test"}


def answered(world: World, fault: Fault) -> tuple[dict[str, Any], dict[str, Any]]:
    """POST a request whose every attempt meets the fault; give the struct and its error."""
    world.backend.set_faults([fault])
    response = world.handle(an_http_event(REQUEST))
    return response, json.loads(response["body"])["Error"]


def test_a_throttled_answer_may_come_as_a_302(world: World) -> None:
    with responses.RequestsMock() as front:
        body = {"RequestId": "A", "Code": "Throttling.User", "Message": "m"}
        front.post("https://onsmqtt.cn-hangzhou.aliyuncs.com/", status=302, json=body)
        error = world.post(REQUEST)["Error"]
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == ("Throttled", 429, YES)
    assert "OutcomeUnknown" not in error


@pytest.mark.parametrize(
    ("fault", "code", "ours", "retryable", "unknown"),
    (
        (Fault("delay", when="after", delay=90), "UpstreamTimeout", 504, YES, YES),
        (Fault("delay", when="before", delay=90), "UpstreamTimeout", 504, YES, YES),
        (Fault("refuse"), "UpstreamUnreachable", 503, YES, NO),
        (Fault("reset", when="after"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("reset", when="answer"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("not_json"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("not_json", status=403), "UpstreamBadResponse", 502, NO, NO),
        (Fault("not_json", status=502), "UpstreamBadResponse", 502, YES, YES),
        (Fault("wrong_type"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("empty"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("oversized"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("truncated"), "UpstreamBadResponse", 502, YES, YES),
        (Fault("redirect"), "UpstreamBadResponse", 502, NO, NO),
        (Fault("redirect", status=307), "UpstreamBadResponse", 502, NO, NO),
        (Fault("error", code="InternalError", status=500), "UpstreamInternalError", 502, YES, YES),
        (Fault("error", code="Throttling", status=503), "Throttled", 429, YES, NO),
        (Fault("error", code="SignatureNonceUsed"), "UpstreamRejected", 502, YES, YES),
        (Fault("error", code="InvalidTimeStamp.Expired"), "UpstreamRejected", 502, YES, NO),
    ),
)
def test_what_a_call_ends_in_otherwise(
    fault: Fault,
    code: str,
    ours: int,
    retryable: bool,
    unknown: bool,
    world: World,
) -> None:
    _, error = answered(world, fault)
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, ours, retryable)
    assert error.get("OutcomeUnknown", False) == unknown


def test_a_redirect_is_not_followed(world: World) -> None:
    answered(world, Fault("redirect", location="https://onsmqtt.cn-beijing.aliyuncs.com/"))
    assert world.calls == 1


@pytest.mark.parametrize(
    ("status", "retryable", "unknown"), ((200, YES, YES), (302, NO, NO)), ids=("2xx", "3xx")
)
def test_an_unlisted_code_is_no_answer_of_the_apis_but_with_4xx_and_5xx(
    status: int,
    retryable: bool,
    unknown: bool,
    world: World,
) -> None:
    with responses.RequestsMock() as front:
        body = {"RequestId": "A", "Code": "Moved"}
        front.post("https://onsmqtt.cn-hangzhou.aliyuncs.com/", status=status, json=body)
        error = world.post(REQUEST)["Error"]
    assert (error["Code"], error["Retryable"]) == ("UpstreamBadResponse", retryable)
    assert error.get("OutcomeUnknown", False) == unknown


@pytest.mark.parametrize(("size", "code"), ((65_536, None), (65_537, "UpstreamBadResponse")))
def test_an_answer_has_at_most_64_kib(size: int, code: str | None, world: World) -> None:
    body = '{"RequestId": "A"}'
    with responses.RequestsMock() as front:
        front.post(
            "https://onsmqtt.cn-hangzhou.aliyuncs.com/", body=body + " " * (size - len(body))
        )
        answer = world.post(REQUEST)
    assert answer.get("Error", {}).get("Code") == code
