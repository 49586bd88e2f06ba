"""The error map for calls that fail on the way, and for unlisted codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import responses

from onsmqtt_stub import Fault

if TYPE_CHECKING:
    from tests.world import World

NO, YES = False, True
REQUEST = {"GroupId": "GID_test"}


def failed_call(world: World, fault: Fault) -> dict[str, Any]:
    """POST a request whose every attempt fails; return the `Error` of the envelope."""
    world.backend.set_faults([fault])
    error: dict[str, Any] = world.post(REQUEST)["Error"]
    return error


def test_a_throttled_response_may_have_status_302(world: World) -> None:
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
def test_maps_each_way_in_which_a_call_fails(
    fault: Fault,
    code: str,
    ours: int,
    retryable: bool,
    unknown: bool,
    world: World,
) -> None:
    error = failed_call(world, fault)
    assert (error["Code"], error["HttpStatus"], error["Retryable"]) == (code, ours, retryable)
    assert error.get("OutcomeUnknown", False) == unknown


def test_does_not_follow_a_redirect(world: World) -> None:
    failed_call(world, Fault("redirect", location="https://onsmqtt.cn-beijing.aliyuncs.com/"))
    assert world.calls == 1


@pytest.mark.parametrize(
    ("status", "retryable", "unknown"), ((200, YES, YES), (302, NO, NO)), ids=("2xx", "3xx")
)
def test_an_unlisted_code_counts_only_with_4xx_and_5xx(
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
def test_reads_at_most_64_kib_of_a_response(size: int, code: str | None, world: World) -> None:
    body = '{"RequestId": "A"}'
    with responses.RequestsMock() as front:
        front.post(
            "https://onsmqtt.cn-hangzhou.aliyuncs.com/", body=body + " " * (size - len(body))
        )
        envelope = world.post(REQUEST)
    assert envelope.get("Error", {}).get("Code") == code
