"""The schema of the envelope is as strict as the contract, by two validators."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from create_group_id import errors, schema
from create_group_id.envelope import single

SCHEMA = json.loads((Path(schema.__file__).parent / "schemas/envelope.json").read_text())
QUICKEST = jsonschema_rs.Draft202012Validator(SCHEMA, pattern_options=jsonschema_rs.RegexOptions())
VALIDATORS = (jsonschema.Draft202012Validator(SCHEMA), QUICKEST)
SUCCESS: dict[str, Any] = {
    "Success": True, "RequestId": "R-1", "InvocationId": "1-a",
    "Data": {"GroupId": "GID_test", "InstanceId": "mqtt-1", "RegionId": "cn-hangzhou",
             "Outcome": "Created"},
}  # fmt: skip
FAILURE: dict[str, Any] = {
    "Success": False, "RequestId": "R-1", "InvocationId": "1-a",
    "Error": {"Code": "UpstreamTimeout", "Message": "m", "HttpStatus": 504, "Retryable": True,
              "OutcomeUnknown": True, "UpstreamCode": "U",
              "Help": "https://api.aliyun.com/troubleshoot?q=U"},
}  # fmt: skip
VIOLATION = {"Pointer": "/GroupId", "Keyword": "type", "Message": "m"}
INVALID: dict[str, Any] = {
    "Success": False, "RequestId": None, "InvocationId": None,
    "Error": {"Code": "InvalidPayload", "Message": "m", "HttpStatus": 400, "Retryable": False,
              "Violations": [VIOLATION]},
}  # fmt: skip
SUCCEEDED: dict[str, Any] = {
    "Success": True, "InvocationId": "1-a", "Count": 1,
    "Results": [{"Index": 0, "EventId": "e"} | SUCCESS],
}  # fmt: skip
FAILED: dict[str, Any] = {
    "Success": False, "InvocationId": "1-a", "Count": 3, "Omitted": 1,
    "Results": [{"Index": 2} | FAILURE],
}  # fmt: skip
MISSING = object()
LONG = "a" * 65


def changed(envelope: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of an envelope with the value at a path replaced or removed."""
    envelope = copy.deepcopy(envelope)
    place: Any = envelope
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in parents:
        place = place[part]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return envelope


def is_valid(envelope: Any) -> bool:
    results = {validator.is_valid(envelope) for validator in VALIDATORS}
    assert len(results) == 1, "the validators disagree"
    return results.pop()


def names(value: Any) -> set[str]:
    """Return the names of all properties in an envelope."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    return set(value).union(*map(names, value.values())) if isinstance(value, dict) else set()


def declared(schema: Any) -> set[str]:
    """Return the names of all properties that a schema declares."""
    if isinstance(schema, list):
        return set().union(*map(declared, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(declared, schema.values()))


def test_the_examples_have_every_property() -> None:
    assert names([SUCCESS, FAILURE, INVALID, SUCCEEDED, FAILED]) == declared(SCHEMA)


@pytest.mark.parametrize("envelope", (SUCCESS, FAILURE, INVALID, SUCCEEDED, FAILED))
def test_accepts_the_envelopes_of_the_contract(envelope: dict[str, Any]) -> None:
    assert is_valid(envelope)


@pytest.mark.parametrize(
    ("envelope", "path", "value"),
    (
        (SUCCESS, "RequestId", None), (SUCCESS, "RequestId", MISSING), (SUCCESS, "RequestId", LONG),
        (SUCCESS, "RequestId", "R\n"), (SUCCESS, "RequestId", ""), (SUCCESS, "RequestId", "R 1"),
        (SUCCESS, "InvocationId", MISSING), (SUCCESS, "InvocationId", "a" * 129),
        (SUCCESS, "Success", False), (SUCCESS, "Success", 1), (SUCCESS, "Data", MISSING),
        (SUCCESS, "Data/Outcome", "Done"), (SUCCESS, "Data/GroupId", "GID_test\n"),
        (SUCCESS, "Data/GroupId", "GID_aa"), (SUCCESS, "Data/RegionId", "cn.hangzhou"),
        (SUCCESS, "Data/InstanceId", ""), (SUCCESS, "Data/More", 0), (SUCCESS, "More", 0),
        (SUCCESS, "Error", FAILURE["Error"]), (SUCCESS, "Index", 0), (SUCCESS, "EventId", "e"),
        (FAILURE, "Success", True), (FAILURE, "Error/Code", "Unknown"),
        (FAILURE, "Error/HttpStatus", 500), (FAILURE, "Error/HttpStatus", "504"),
        (FAILURE, "Error/Retryable", False), (FAILURE, "Error/Retryable", MISSING),
        (FAILURE, "Error/OutcomeUnknown", False), (FAILURE, "Error/Violations", [VIOLATION]),
        (FAILURE, "Error/Help", MISSING), (FAILURE, "Error/UpstreamCode", MISSING),
        (FAILURE, "Error/UpstreamCode", LONG), (FAILURE, "Error/UpstreamCode", "U\n"),
        (FAILURE, "Error/Help", "https://example.com/?q=U"), (FAILURE, "Error/Message", ""),
        (FAILURE, "Error/More", 0), (FAILURE, "Data", SUCCESS["Data"]), (FAILURE, "Index", 0),
        (INVALID, "Error/Violations", MISSING), (INVALID, "Error/Violations", []),
        (INVALID, "Error/Violations", [VIOLATION] * 21), (INVALID, "Error/HttpStatus", 422),
        (INVALID, "Error/OutcomeUnknown", True), (INVALID, "Error/Retryable", True),
        (INVALID, "Error/UpstreamCode", "U"), (INVALID, "RequestId", "R-1"),
        (INVALID, "Error/Violations/0/Value", "v"), (INVALID, "Error/Violations/0/Pointer", "a"),
        (INVALID, "Error/Violations/0/Keyword", ""), (INVALID, "Error/Code", "MalformedPayload"),
        (SUCCEEDED, "Success", False), (SUCCEEDED, "Results/0", {"Index": 0} | FAILURE),
        (SUCCEEDED, "Results", []), (SUCCEEDED, "Count", 0), (SUCCEEDED, "Omitted", 0),
        (SUCCEEDED, "Results/0/Index", MISSING), (SUCCEEDED, "Results/0/Index", -1),
        (SUCCEEDED, "Results/0/EventId", ""), (SUCCEEDED, "Results/0/EventId", "e" * 129),
        (SUCCEEDED, "RequestId", "R-1"), (SUCCEEDED, "Results/0", SUCCESS),
        (FAILED, "Success", True), (FAILED, "Omitted", MISSING), (FAILED, "Omitted", -1),
        (FAILED, "Results/0", {"Index": 0} | SUCCESS), (FAILED, "InvocationId", MISSING),
        (FAILED, "Results/0/Error/Code", "Unknown"), (FAILED, "Results/0/More", 0),
    ),
)  # fmt: skip
def test_refuses_an_envelope_with_one_wrong_value(
    envelope: dict[str, Any], path: str, value: Any
) -> None:
    assert not is_valid(changed(envelope, path, value))


KINDS = sorted({kind for kind in vars(errors).values() if isinstance(kind, errors.Kind)})
STATUSES = {kind.status for kind in KINDS} | {200, 418}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_accepts_each_code_with_its_status_only(kind: errors.Kind) -> None:
    envelope = INVALID if kind is errors.INVALID_PAYLOAD else changed(INVALID, "Error", {})
    envelope["Error"] |= {
        "Code": kind.code, "Message": kind.message, "Retryable": kind.retryable,
    }  # fmt: skip
    for status in STATUSES:
        rendered = changed(envelope, "Error/HttpStatus", status)
        assert is_valid(rendered) is (status == kind.status)


def test_accepts_a_failure_of_each_kind_with_its_message() -> None:
    violation = errors.Violation("/GroupId", "type", "m")
    for kind in KINDS:
        violations = [violation] if kind is errors.INVALID_PAYLOAD else []
        envelope = single(errors.Failure(kind, violations=violations), None)
        assert envelope["Error"]["Message"] == kind.message
        assert QUICKEST.is_valid(envelope), kind.code
