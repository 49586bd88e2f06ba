"""The shipped schemas: portable, strict, and safe to extend by any keyword."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from create_group_id import payload, schema, violations
from tests.function.test_client import send
from tests.wire import http_response, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

FOLDER = Path(schema.__file__).parent / "schemas"
NAMES = ("envelope.json", "request.json", "signup.json")
LOADED = {name: json.loads((FOLDER / name).read_text()) for name in NAMES}


def patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for inner in value.values():
            yield from patterns(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from patterns(inner)


@pytest.mark.parametrize("name", NAMES)
def test_any_implementation_can_load_a_schema(name: str) -> None:
    # JSON Schema core 6.4 recommends patterns that every engine supports. RE2 and Rust's regex,
    # which run in linear time, support no look-around.
    shipped = LOADED[name]
    jsonschema.Draft202012Validator.check_schema(shipped)
    linear = jsonschema_rs.RegexOptions()
    jsonschema_rs.Draft202012Validator(shipped, pattern_options=linear)
    assert shipped["$id"].startswith("urn:create-group-id:")
    assert not any("(?" in pattern for pattern in patterns(shipped))


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**400, "", "a", "\n", "a\n", "\x00", "a" * 300, "\u3000",
    [], [0], [[]], [{}], [0] * 21, [{"Key": "k", "Value": "v"}] * 2, {}, {"a": 0}, {"Key": []},
    [{"Key": "", "Value": "a" * 200}], [{"Key": "k" * 129, "Value": "\n", "x": 0}],
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "good"),
    (("request.json", {"GroupId": "GID_test"}), ("signup.json", {"tenantId": "t"})),
)
def test_reports_a_violation_of_every_keyword(
    name: str, good: dict[str, Any], world: World
) -> None:
    reported = set()
    bodies = [good | {prop: odd} for prop in LOADED[name]["properties"] for odd in ODD]
    for body in [*bodies, {next(iter(good)).upper(): 0, "GroupId ": 0}, good | {"Action": 0}]:
        envelope = world.post(body)
        if not envelope["Success"]:
            error = envelope["Error"]
            assert error["Code"] in ("InvalidPayload", "InstanceNotAllowed", "GroupIdAlreadyExists")
            reported |= {violation["Keyword"] for violation in error.get("Violations", ())}
    expected = {"type", "required", "pattern", "maxItems", "minLength", "maxLength", "not",
                "additionalProperties", "uniqueItems", "enum"}  # fmt: skip
    assert reported == expected


@pytest.mark.parametrize(
    ("keyword", "rule", "value"),
    (
        ("minimum", 5, 4), ("exclusiveMaximum", 5, 5), ("multipleOf", 2, 3), ("const", 7, 8),
        ("const", None, {"a": [1]}), ("enum", [1, 2], 3), ("enum", [None, {"a": 1}], [1]),
        ("enum", [1, "a", True], 0), ("minItems", 1, []), ("uniqueItems", True, [1, 1]),
        ("contains", {"type": "string"}, [1]), ("minProperties", 1, {}),
        ("maxProperties", 0, {"secret": 1}), ("propertyNames", {"maxLength": 1}, {"secret": 1}),
        ("dependentRequired", {"secret": ["b"]}, {"secret": 1}), ("anyOf", [{"type": "null"}], 1),
        ("oneOf", [True, True], 1), ("allOf", [{"type": "null"}], "secret"),
        ("if", True, 1), ("type", ["null", "boolean"], "secret"), ("minLength", 9, "secret"),
        ("prefixItems", [{"type": "null"}], ["secret"]), ("not", {"type": "integer"}, 1),
        ("unevaluatedProperties", False, {"secret": 1}), ("unevaluatedItems", False, ["secret"]),
        ("additionalProperties", {"type": "null"}, {"secret": 1}),
        ("patternProperties", {"s": {"type": "null"}}, {"secret": 1}),
        ("$ref", "#/$defs/never", 1), ("properties", {"secret": {"type": "null"}}, {"secret": 1}),
    ),
)  # fmt: skip
def test_reports_a_violation_of_a_new_keyword(
    keyword: str, rule: Any, value: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    extended = copy.deepcopy(LOADED["signup.json"])
    extended["$defs"] = {"never": {"type": "null"}}
    extended["properties"]["new"] = {keyword: rule} | ({"then": False} if keyword == "if" else {})
    monkeypatch.setattr(payload, "_SIGNUP", payload._SIGNUP._replace(schema=extended))
    error = world.post({"tenantId": "acme", "new": value})["Error"]
    assert error["Code"] == "InvalidPayload"
    assert error["Violations"]
    assert all(violation["Pointer"].startswith("/new") for violation in error["Violations"])
    assert "secret" not in "".join(violation["Message"] for violation in error["Violations"])
    assert world.post({"tenantId": "acme"})["Success"]


def test_a_wrong_pattern_hides_no_other_violation() -> None:
    rules = {"pattern": "^a", "not": {"pattern": "\n"}, "minLength": 3}
    found = violations.find({"properties": {"a": rules, "b": rules}}, {"a": "b\n", "b": "\n"})
    assert [(violation.pointer, violation.keyword) for violation in found] == [
        ("/a", "pattern"),
        ("/a", "minLength"),
        ("/b", "pattern"),
        ("/b", "minLength"),
    ]


def test_a_valid_payload_does_not_need_jsonschema(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(violations, "find")
    assert world.post({"GroupId": "GID_test", "Tags": [{"Key": "k", "Value": "v"}]})["Success"]


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False, width=16),
              st.text("aA\n\x00\u3000é", max_size=4), st.sampled_from(("Key", "Value", "Fail"))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(("a", "b", "Key")), inner)
    ),
    max_leaves=8,
)  # fmt: skip
SCHEMAS: Any = st.deferred(lambda: st.one_of(
    st.booleans(),
    st.fixed_dictionaries({}, optional={
        "type": st.sampled_from(("object", "array", "string", "integer", "null", "boolean")),
        "required": st.lists(st.sampled_from(("a", "b", "Key")), max_size=2, unique=True),
        "properties": st.dictionaries(st.sampled_from(("a", "b", "Key")), SCHEMAS, max_size=2),
        "additionalProperties": st.one_of(st.booleans(), SCHEMAS),
        "items": SCHEMAS,
        "maxItems": st.integers(0, 3),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "pattern": st.sampled_from(("^a$", "a", r"^$|[^\s]", "\\$", "a\\\\$")),
        "enum": st.lists(st.one_of(VALUES), min_size=1, max_size=3),
        "const": VALUES,
        "minimum": st.integers(-2, 2),
        "not": SCHEMAS,
        "title": st.just("t"),
    }),
))  # fmt: skip


@example({"not": False}, "")
@given(SCHEMAS, VALUES)
def test_accepts_only_what_jsonschema_accepts(rules: Any, value: Any) -> None:
    if schema.accepts(rules, value):
        assert jsonschema.Draft202012Validator(rules).is_valid(value)
        assert jsonschema_rs.Draft202012Validator(rules).is_valid(value)


@example({"additionalProperties": False}, {"a": 1})
@example({"enum": [[1]]}, [True])
@given(SCHEMAS, VALUES)
def test_finds_a_violation_where_another_validator_does(rules: Any, value: Any) -> None:
    found = list(violations.find({"properties": {"a": rules}}, {"a": value}))
    assert bool(found) is not jsonschema_rs.Draft202012Validator(rules).is_valid(value)


@given(st.sampled_from(("request.json", "signup.json")), st.data())
def test_accepts_the_same_as_jsonschema_by_the_shipped_schemas(
    name: str, data: st.DataObject
) -> None:
    names = st.sampled_from(tuple(LOADED[name]["properties"]))
    tags = st.lists(
        st.fixed_dictionaries(
            {"Key": st.text(max_size=3)}, optional={"Value": VALUES, "x": VALUES}
        ),
        max_size=3,
    )
    texts = st.sampled_from(("GID_test", "GID_te", "mqtt-1", "Fail", "GID_test\n"))
    value = data.draw(st.dictionaries(names, st.one_of(VALUES, tags, texts)))
    accepted = schema.accepts(LOADED[name], value)
    assert accepted == jsonschema_rs.Draft202012Validator(LOADED[name]).is_valid(value)


PROGRAM = """
import json, sys
from types import SimpleNamespace
sys.path.insert(0, {src!r})
import index
credentials = SimpleNamespace(access_key_id="i", access_key_secret="s", security_token="t")
context = SimpleNamespace(credentials=credentials, region="cn-hangzhou")
for request in {{"GroupId": "GID_test", "InstanceId": "i"}}, {{"GroupId": 1}}:
    envelope = index.handler(json.dumps(request).encode(), context)
    print(envelope["Success"], "jsonschema" in sys.modules, "dataclasses" in sys.modules)
"""


def test_only_an_invalid_payload_imports_jsonschema() -> None:
    program = PROGRAM.format(src=str(FOLDER.parents[1]))
    with serving(send(http_response())) as server:
        process = subprocess.run(  # noqa: S603 - the program is ours
            [sys.executable, "-c", program],
            env={"ONSMQTT_ENDPOINT": server.url, "LOG_LEVEL": "CRITICAL"},
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
    first, second = process.stdout.splitlines()
    assert first == "True False False"
    assert second.startswith("False True")
