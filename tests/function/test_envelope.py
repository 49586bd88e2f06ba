"""The envelope that a caller gets, for each end of a request and of a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses

from create_group_id.envelope import failed_batch
from create_group_id.errors import INTERNAL_ERROR, Failure
from onsmqtt_stub import Fault
from tests.world import a_cloud_event, a_context

if TYPE_CHECKING:
    from tests.world import World

REQUEST = {"GroupId": "GID_test"}
INVOCATION = "1-67aee50c-15197d0b-d07710222f9d"
URL = "https://onsmqtt.cn-hangzhou.aliyuncs.com/"
REQUEST_ID = "2C7D722D-0F3D-4415-A9CD-A464D82C0000"


def test_the_envelope_of_a_success(world: World) -> None:
    with responses.RequestsMock() as front:
        front.post(URL, json={"RequestId": REQUEST_ID, "Message": "canary"})
        envelope = world.post(REQUEST)
    assert envelope == {
        "Success": True,
        "RequestId": REQUEST_ID,
        "InvocationId": INVOCATION,
        "Data": {
            "GroupId": "GID_test",
            "InstanceId": "mqtt-cn-0pp1ldu0001",
            "RegionId": "cn-hangzhou",
            "Outcome": "Created",
        },
    }


def test_the_envelope_of_a_failed_call(world: World) -> None:
    with responses.RequestsMock() as front:
        body = {"RequestId": REQUEST_ID, "Code": "InstanceNotFound", "Message": "canary"}
        front.post(URL, status=400, json=body)
        envelope = world.post(REQUEST)
    message = envelope["Error"].pop("Message")
    assert envelope == {
        "Success": False,
        "RequestId": REQUEST_ID,
        "InvocationId": INVOCATION,
        "Error": {
            "Code": "InstanceNotFound",
            "HttpStatus": 404,
            "Retryable": False,
            "UpstreamCode": "InstanceNotFound",
            "Help": "https://api.aliyun.com/troubleshoot?q=InstanceNotFound",
        },
    }
    assert message
    assert "canary" not in message


def test_the_envelope_of_a_batch_that_succeeded(world: World) -> None:
    envelope = world.handle([a_cloud_event({"tenantId": "acme"}, id="e-1"), {"tenantId": "test"}])
    first, second = (call.request_id for call in world.backend.journal)
    common = {"Success": True, "InvocationId": INVOCATION}
    data = {
        "InstanceId": "mqtt-cn-0pp1ldu0001",
        "RegionId": "cn-hangzhou",
        "Outcome": "Created",
    }
    assert envelope == {
        **common,
        "Count": 2,
        "Results": [
            {
                "Index": 0,
                "EventId": "e-1",
                "RequestId": first,
                "Data": data | {"GroupId": "GID_acme"},
                **common,
            },
            {"Index": 1, "RequestId": second, "Data": data | {"GroupId": "GID_test"}, **common},
        ],
    }


def test_the_envelope_of_a_batch_that_failed(world: World) -> None:
    envelope = world.failed([{"tenantId": "acme"}, a_cloud_event({}, "tenant.closed", id="e-2")])
    assert envelope["Results"][0]["Error"].pop("Message")
    assert envelope == {
        "Success": False,
        "InvocationId": INVOCATION,
        "Count": 2,
        "Omitted": 0,
        "Results": [
            {
                "Index": 1,
                "EventId": "e-2",
                "Success": False,
                "RequestId": None,
                "InvocationId": INVOCATION,
                "Error": {"Code": "UnknownEventType", "HttpStatus": 400, "Retryable": False},
            }
        ],
    }


def test_the_envelope_of_a_failure_before_any_call(world: World) -> None:
    envelope = world.post({"GroupId": "x"})
    assert envelope["RequestId"] is None
    assert envelope["InvocationId"] == INVOCATION
    assert envelope["Error"].keys() == {"Code", "Message", "HttpStatus", "Retryable", "Violations"}


@pytest.mark.parametrize(
    ("request_id", "shown"),
    (("r" * 128, "r" * 128), ("r" * 129, "r" * 128), (None, None), (7, None), ("", "")),
)
def test_the_invocation_id_is_the_request_id_of_the_context(
    request_id: object, shown: str | None, world: World
) -> None:
    assert world.handle(REQUEST, a_context(request_id=request_id))["InvocationId"] == shown


def test_the_request_id_is_that_of_the_last_response(world: World) -> None:
    world.backend.set_faults(
        [
            Fault("error", code="ServiceUnavailable", status=503, times=1),
            Fault("refuse", skip=1),
        ]
    )
    envelope = world.post(REQUEST)
    assert envelope["Error"]["Code"] == "UpstreamUnreachable"
    assert envelope["RequestId"] == world.backend.journal[0].request_id


def test_with_fail_a_group_after_a_lost_response_is_an_unknown_outcome(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="after", times=1)])
    error = world.post(REQUEST)["Error"]
    assert error["Code"] == "GroupIdAlreadyExists"
    assert error["OutcomeUnknown"] is True
    assert "Succeed" in error["Message"]


def test_with_succeed_a_group_after_a_lost_response_is_recovered(world: World) -> None:
    world.backend.set_faults([Fault("reset", when="after", times=1)])
    assert world.post(REQUEST | {"OnExisting": "Succeed"})["Data"]["Outcome"] == "Recovered"


def test_without_a_lost_response_an_existing_group_is_not_recovered(world: World) -> None:
    world.backend.add_group("GID_test")
    world.backend.set_faults([Fault("error", code="Throttling", status=503, times=1)])
    assert world.post(REQUEST | {"OnExisting": "Succeed"})["Data"]["Outcome"] == "AlreadyExists"
    world.backend.set_faults([Fault("refuse", times=1)])
    assert "OutcomeUnknown" not in world.post(REQUEST)["Error"]


def test_an_unknown_outcome_advises_to_repeat_with_succeed(world: World) -> None:
    world.backend.set_faults([Fault("error", code="InternalError", status=500)])
    error = world.post(REQUEST)["Error"]
    assert error["OutcomeUnknown"] is True
    assert "Succeed" in error["Message"]


@pytest.mark.parametrize(
    ("upstream", "shown"),
    (
        ("C" * 64, "C" * 64),
        ("C" * 65, "C" * 64),
        ("Code With Spaces", None),
        ("<script>", None),
        ("caf\u00e9", None),
        ("Code\n", "Code"),
        ("Co\nde", None),
        ("testtoken&x", None),
    ),
)
def test_shows_an_upstream_code_of_safe_characters_only(
    upstream: str, shown: str | None, world: World
) -> None:
    with responses.RequestsMock() as front:
        front.post(URL, status=400, json={"RequestId": REQUEST_ID, "Code": upstream})
        error = world.post(REQUEST)["Error"]
    assert error.get("UpstreamCode") == shown
    assert ("Help" in error) == (shown is not None)


@pytest.mark.parametrize("request_id", ("A" * 64, "2c7d722d-0F3D", "a._*-Z0"))
def test_shows_a_request_id_of_1_to_64_allowed_characters(request_id: str, world: World) -> None:
    with responses.RequestsMock() as front:
        front.post(URL, json={"RequestId": request_id})
        assert world.post(REQUEST)["RequestId"] == request_id


@pytest.mark.parametrize("request_id", ("A" * 65, "A B", "<b>", 7, None, ["A"], "\u00e9", "A\nB"))
def test_does_not_show_a_malformed_request_id(request_id: object, world: World) -> None:
    with responses.RequestsMock() as front:
        front.post(URL, status=400, json={"RequestId": request_id, "Code": "NoPermission"})
        assert world.post(REQUEST)["RequestId"] is None


def tenants(count: int, **event: Any) -> list[dict[str, Any]]:
    return [a_cloud_event({"tenantId": [n]}, **event) for n in range(count)]


def test_the_exception_of_a_batch_fits_8_kib_and_counts_omitted_results(world: World) -> None:
    envelope = world.failed([*tenants(2000, id="e" * 128), {"tenantId": "test"}])
    kept = len(envelope["Results"])
    assert envelope["Count"] == 2001
    assert envelope["Omitted"] + kept == 2000
    assert [result["Index"] for result in envelope["Results"]] == list(range(kept))
    size = len(json.dumps(envelope, separators=(",", ":")))
    one = len(json.dumps(envelope["Results"][-1], separators=(",", ":")))
    assert 8192 - one - 10 < size <= 8192  # as many as fit


def test_the_exception_of_a_batch_contains_as_many_results_as_fit() -> None:
    def rendered(*sizes: int) -> str:
        results = [
            {
                "Index": index,
                "Success": False,
                "RequestId": None,
                "InvocationId": INVOCATION,
                "Error": {
                    "Code": "InternalError",
                    "Message": "m" * size,
                    "HttpStatus": 500,
                    "Retryable": False,
                },
            }
            for index, size in enumerate(sizes)
        ]
        envelope = {
            "Success": False,
            "InvocationId": INVOCATION,
            "Count": 3,
            "Results": results,
            "Omitted": 3 - len(sizes),
        }
        return json.dumps(envelope, separators=(",", ":"))

    largest = 8192 - len(rendered(2000, 2000, 0))
    for size, shown in ((largest, [2000, 2000, largest]), (largest + 1, [2000, 2000])):
        failures = [Failure(INTERNAL_ERROR, "m" * length) for length in (2000, 2000, size)]
        assert failed_batch(failures, [None] * 3, INVOCATION) == rendered(*shown)


def test_the_exception_of_one_event_fits_8_kib_with_all_possible_violations(
    world: World,
) -> None:
    tags = [{f"unknown{n}": n for n in range(50)} for _ in range(20)]
    error = world.error({"tenantId": "test", "tags": tags, "instanceId": "", "regionId": ""})
    assert len(error["Violations"]) == 20


def test_a_large_batch_that_succeeds_returns_every_result(world: World) -> None:
    world.environ["ONSMQTT_MAX_QPS"] = "10000"
    envelope = world.handle([{"tenantId": f"tenant-{n}"} for n in range(100)])
    assert len(envelope["Results"]) == envelope["Count"] == 100
