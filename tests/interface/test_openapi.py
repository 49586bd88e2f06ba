"""docs/openapi.json describes what the function accepts, and all that it may return."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from create_group_id import errors
from tests.interface.schemas import ROOT, document, validator

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from tests.world import World

DOCUMENT = document("openapi.json")
OPERATION = DOCUMENT["paths"]["/"]["post"]
JSON = "application/json"
# FC responds to an asynchronous one with 202, before the function runs.
SAMPLES = sorted({*(ROOT / "events").glob("http-*.json")} - {*(ROOT / "events").glob("*-async-*")})
KINDS = sorted({kind for kind in vars(errors).values() if isinstance(kind, errors.Kind)})
ENVELOPE = jsonschema.Draft202012Validator(
    json.loads((ROOT / "src/create_group_id/schemas/envelope.json").read_text(encoding="utf-8"))
)


@cache
def of_response(status: int) -> Draft202012Validator:
    place = ("paths", "/", "post", "responses", str(status), "content", JSON, "schema")
    return validator(DOCUMENT, *place)


def of_body(media_type: str = JSON) -> Draft202012Validator:
    return validator(DOCUMENT, "paths", "/", "post", "requestBody", "content", media_type, "schema")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_response_to_a_sample_is_described(sample: Any, world: World) -> None:
    response = world.handle(sample.read_bytes())
    described = OPERATION["responses"][str(response["statusCode"])]
    of_response(response["statusCode"]).validate(json.loads(response["body"]))
    assert {"Content-Type", *described["headers"]} >= {*response["headers"]}


def test_the_response_to_throttling_is_described(world: World) -> None:
    world.backend.set_faults([{"effect": "error", "code": "Throttling.User", "status": 400}])
    sample = ROOT / "events" / "http-create-group-id.json"
    response = world.handle(sample.read_bytes())
    of_response(429).validate(json.loads(response["body"]))
    assert int(response["headers"]["Retry-After"]) >= 1
    assert "Retry-After" in OPERATION["responses"]["429"]["headers"]


@pytest.mark.parametrize("status", OPERATION["responses"])
def test_the_examples_of_a_response_match_its_schema(status: str) -> None:
    content = OPERATION["responses"][status].get("content", {})
    for shown in content.get(JSON, {}).get("examples", {}).values():
        of_response(int(status)).validate(shown["value"])
        ENVELOPE.validate(shown["value"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_code_is_described_at_its_status(kind: errors.Kind) -> None:
    response = OPERATION["responses"][str(kind.status)]
    line = rf"^- `{kind.code}`: .*{re.escape(kind.message)}"
    assert re.search(line, response["description"], re.MULTILINE)
    assert kind.code in response["content"][JSON]["examples"]


@pytest.mark.parametrize("media_type", OPERATION["requestBody"]["content"])
def test_the_examples_of_a_request_are_accepted(media_type: str, world: World) -> None:
    shown = OPERATION["requestBody"]["content"][media_type]["examples"]
    assert shown
    for each in shown.values():
        of_body(media_type).validate(each["value"])
        world.backend.reset()
        envelope = world.post(each["value"], headers={"Content-Type": media_type})
        assert envelope["Data"]["Outcome"] == "Created"


ABSENT = object()
LONG = "a" * 65
FIELDS: dict[str, Any] = {
    "Code": sorted({kind.code for kind in KINDS} | {"Unheard"}),
    "Message": ["m", "", "m" * 513, ABSENT],
    "HttpStatus": sorted({kind.status for kind in KINDS}),
    "Retryable": [True, False, ABSENT],
    "OutcomeUnknown": [ABSENT, ABSENT, True, False],
    "UpstreamCode": [ABSENT, ABSENT, "U", "U\n", LONG],
    "Help": [ABSENT, ABSENT, "https://api.aliyun.com/troubleshoot?q=U", "https://example.com/"],
    "Violations": [
        ABSENT, ABSENT, [], [{"Pointer": "/GroupId", "Keyword": "type", "Message": "m"}],
        [{"Pointer": "GroupId", "Keyword": "type", "Message": "m"}],
    ],
    "More": [ABSENT, ABSENT, ABSENT, 0],
}  # fmt: skip
AROUND: dict[str, Any] = {
    "Success": [False, False, False, True, 0],
    "RequestId": ["R-1", None, "R 1", ABSENT],
    "InvocationId": ["1-a", None, "a" * 129, ABSENT],
    "Data": [ABSENT, ABSENT, ABSENT, {}],
}


def objects(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    drawn = st.fixed_dictionaries({name: st.sampled_from(pool) for name, pool in fields.items()})
    return drawn.map(lambda value: {k: v for k, v in value.items() if v is not ABSENT})


@st.composite
def near_kinds(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an error of a row of the table with at most three fields drawn from the pools."""
    kind = draw(st.sampled_from(KINDS))
    error = {
        "Code": kind.code, "Message": "m", "HttpStatus": kind.status, "Retryable": kind.retryable,
    }  # fmt: skip
    if kind is errors.INVALID_PAYLOAD:
        error["Violations"] = [{"Pointer": "/GroupId", "Keyword": "type", "Message": "m"}]
    for name in draw(st.lists(st.sampled_from(list(FIELDS)), max_size=3)):
        error[name] = draw(st.sampled_from(FIELDS[name]))
    return {name: value for name, value in error.items() if value is not ABSENT}


@given(objects(AROUND), st.one_of(near_kinds(), objects(FIELDS)))
def test_failures_are_described_as_the_shipped_schema_does(
    envelope: dict[str, Any], error: dict[str, Any]
) -> None:
    failure = {**envelope, "Error": error}
    status = error.get("HttpStatus", 400)
    assert of_response(status).is_valid(failure) is ENVELOPE.is_valid(failure)


DATA: dict[str, Any] = {
    "GroupId": ["GID_test", "GID_test\n", "GID_aa", ABSENT],
    "InstanceId": ["mqtt-1", "", ABSENT],
    "RegionId": ["cn-hangzhou", "cn.hangzhou", ABSENT],
    "Outcome": ["Created", "AlreadyExists", "Recovered", "Done", ABSENT],
    "More": [ABSENT, ABSENT, ABSENT, 0],
}
SUCCESS = {name: pool[0] for name, pool in DATA.items() if pool[0] is not ABSENT}


@given(
    objects({**AROUND, "Success": [True, True, True, False, 1], "Error": [ABSENT, ABSENT, {}]}),
    st.one_of(st.just(SUCCESS), objects(DATA)),
)
@example({"Success": True, "RequestId": None, "InvocationId": "1-a"}, SUCCESS)
def test_successes_are_described_as_the_shipped_schema_does(
    envelope: dict[str, Any], data: dict[str, Any]
) -> None:
    success = {**envelope, "Data": data}
    assert of_response(200).is_valid(success) is ENVELOPE.is_valid(success)
