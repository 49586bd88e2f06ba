"""Each bound of the contract, just below and above it, and the whole envelope of each failure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import errors, payload
from create_group_id.errors import ProvisioningFailed
from onsmqtt_stub import Fault
from tests.world import World, a_cloud_event, a_context

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MESSAGE = 8 * 1024


@pytest.mark.parametrize("character", ("a", "é", "😀"))
@pytest.mark.parametrize("length", range(1, 129, 9))
def test_an_exception_has_at_most_8_kib_with_event_ids_of_any_length(
    length: int, character: str, world: World
) -> None:
    batch = [
        a_cloud_event({"GroupId": 1, "x": 0}, id=character * (length + n % 2)) for n in range(60)
    ]
    with pytest.raises(ProvisioningFailed) as caught:
        world.handle(batch)
    message = str(caught.value)
    envelope = json.loads(message)
    results, omitted = envelope["Results"], envelope["Omitted"]
    assert len(results) + omitted == envelope["Count"] == 60
    assert [result["Index"] for result in results] == list(range(len(results)))
    # One result more would exceed the bound.
    assert omitted
    assert len(message) <= MAX_MESSAGE < len(message) + len(json.dumps(results[-1])) + 100


@pytest.mark.parametrize(
    ("names", "shown", "counted"),
    ((1, 1, "1 violation."), (2, 2, "2 violations."), (20, 20, "20 violations."),
     (21, 20, "21 violations."), (100, 20, "100 violations."),
     (101, 20, "more than 100 violations."), (5000, 20, "more than 100 violations.")),
)  # fmt: skip
def test_shows_at_most_20_violations_and_counts_up_to_100(
    names: int, shown: int, counted: str, world: World
) -> None:
    error = world.post({"GroupId": "GID_test"} | {f"x{n}": 0 for n in range(names)})["Error"]
    assert len(error["Violations"]) == shown
    assert error["Message"].endswith(f": {counted}")


def test_reads_no_more_violations_than_it_counts() -> None:
    violations = iter([errors.Violation("/GroupId", "pattern", "m")] * 200)
    failure = errors.invalid_payload(violations)
    assert failure.message.endswith(": more than 100 violations.")
    assert len(list(violations)) == 99


def tagged(key: str = "k", value: str = "v") -> dict[str, Any]:
    return {"tenantId": "acme", "tags": [{"Key": key, "Value": value}]}


# Lengths are in characters, not in bytes or UTF-16 units (JSON Schema validation, 6.3.1).
BOUNDS: dict[str, tuple[Callable[[int], dict[str, Any]], int, int]] = {
    "tenant": (lambda n: {"tenantId": "a" * n}, 1, 256),
    "tenant-beyond-16-bits": (lambda n: {"tenantId": "😀" * n}, 1, 256),
    "key": (lambda n: tagged("键" * n), 1, 128),
    "value": (lambda n: tagged(value="😀" * n), 0, 128),
    "tags": (lambda n: {"tenantId": "acme", "tags": [
        {"Key": f"k{i}", "Value": ""} for i in range(n)]}, 0, 20),
    "group": (lambda n: {"GroupId": "GID_" + "a" * n}, 3, 60),
    "instance": (lambda n: {"tenantId": "acme", "instanceId": "a" * n}, 1, 64),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_accepts_only_what_is_within_the_bounds(name: str, world: World) -> None:
    world.environ["ONSMQTT_ALLOWED_INSTANCE_IDS"] = "*"
    make, least, most = BOUNDS[name]
    for n in {least - 1, least, most, most + 1} - {-1}:
        envelope = world.post(make(n))
        code = envelope.get("Error", {}).get("Code")
        assert (code == "InvalidPayload") is not (least <= n <= most), n


@pytest.mark.parametrize("text", ("\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\x80", "\x9f"))
def test_refuses_control_characters(text: str, world: World) -> None:
    for body in (
        {"tenantId": f"a{text}b"}, {"tenantId": f"acme{text}"}, tagged(f"k{text}"),
        tagged(value=text), {"GroupId": f"GID_test{text}"},
        {"tenantId": "acme", "instanceId": f"a{text}"},
    ):  # fmt: skip
        assert world.post(body)["Error"]["Code"] == "InvalidPayload"
    assert world.calls == 0


@pytest.mark.parametrize("space", (" ", "\u00a0", "\u2003", "\u3000", "\u2028", "  "))
def test_refuses_a_tenant_of_white_space_only(space: str, world: World) -> None:
    assert world.post({"tenantId": space})["Error"]["Code"] == "InvalidPayload"
    assert world.post({"tenantId": f"{space}a{space}"})["Success"]


def test_reports_each_repeated_tag_key(world: World) -> None:
    tags = [{"Key": key, "Value": ""} for key in ("a", "b", "a", "A", "a")]
    violations = world.post({"GroupId": "GID_test", "Tags": tags})["Error"]["Violations"]
    assert [v["Pointer"] for v in violations] == ["/Tags/2/Key", "/Tags/4/Key"]


def test_a_bug_in_one_event_loses_no_other_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = payload.read

    def buggy(item: dict[str, Any], *args: Any, **kwargs: Any) -> payload.Request:
        if item["tenantId"] == "bug":
            raise LookupError
        return read(item, *args, **kwargs)

    monkeypatch.setattr(payload, "read", buggy)
    failed = world.failed([{"tenantId": name} for name in ("one1", "bug", "two2")])
    assert [(r["Index"], r["Error"]["Code"]) for r in failed["Results"]] == [(1, "InternalError")]
    assert world.backend.groups() == ["GID_one1", "GID_two2"]


HELP = "https://api.aliyun.com/troubleshoot?q="
HTML, LATE = Fault("not_json", status=403), Fault("delay", delay=99)


@pytest.mark.parametrize(
    ("fault", "error"),
    (
        (Fault("error", code="NoPermission", status=403),
         {"Code": "AccessDenied", "HttpStatus": 403, "Retryable": False,
          "UpstreamCode": "NoPermission", "Help": HELP + "NoPermission"}),
        (Fault("error", code="Odd", status=500),
         {"Code": "UpstreamInternalError", "HttpStatus": 502, "Retryable": True,
          "OutcomeUnknown": True, "UpstreamCode": "Odd", "Help": HELP + "Odd"}),
        (Fault("error", code="Odd", status=408),
         {"Code": "UpstreamTimeout", "HttpStatus": 504, "Retryable": True,
          "OutcomeUnknown": True, "UpstreamCode": "Odd", "Help": HELP + "Odd"}),
        (Fault("error", code="Odd.FLOW_CONTROL.X", status=403),
         {"Code": "Throttled", "HttpStatus": 429, "Retryable": True,
          "UpstreamCode": "Odd.FLOW_CONTROL.X", "Help": HELP + "Odd.FLOW_CONTROL.X"}),
        (Fault("error", code="Odd", status=429),
         {"Code": "Throttled", "HttpStatus": 429, "Retryable": True,
          "UpstreamCode": "Odd", "Help": HELP + "Odd"}),
        (Fault("error", code="GroupIdAlreadyExisted", status=400),
         {"Code": "GroupIdAlreadyExists", "HttpStatus": 409, "Retryable": False,
          "UpstreamCode": "GroupIdAlreadyExisted", "Help": HELP + "GroupIdAlreadyExisted"}),
        (Fault("not_json", status=403),
         {"Code": "UpstreamBadResponse", "HttpStatus": 502, "Retryable": False}),
        (Fault("not_json", status=425),
         {"Code": "UpstreamBadResponse", "HttpStatus": 502, "Retryable": True}),
        (Fault("refuse"), {"Code": "UpstreamUnreachable", "HttpStatus": 503, "Retryable": True}),
        (LATE, {"Code": "UpstreamTimeout", "HttpStatus": 504, "Retryable": True,
                "OutcomeUnknown": True}),
    ),
    ids=lambda value: value.name if hasattr(value, "name") else None,
)  # fmt: skip
def test_the_whole_envelope_of_a_failed_call(
    fault: Fault, error: dict[str, Any], world: World
) -> None:
    world.backend.set_faults([fault])
    envelope = world.handle({"GroupId": "GID_test"}, a_context(timeout=3))
    message = envelope["Error"].pop("Message")
    assert ("retry with OnExisting" in message) is ("OutcomeUnknown" in error)
    ids = [call.request_id for call in world.backend.journal]
    assert envelope == {
        "Success": False,
        "RequestId": ids[-1] if "UpstreamCode" in error else None,
        "InvocationId": "1-67aee50c-15197d0b-d07710222f9d",
        "Error": error,
    }


def test_advises_to_repeat_a_signup(world: World) -> None:
    world.backend.set_faults([LATE])
    with pytest.raises(ProvisioningFailed, match=r"repeat the signup\.") as caught:
        world.handle({"tenantId": "acme"}, a_context(timeout=3))
    assert "OnExisting" not in str(caught.value)
