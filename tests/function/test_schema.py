"""The limits of each keyword: what is accepted without jsonschema, and what is a violation.

A payload that is wrongly refused without jsonschema is validated by it, and only costs its import.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from jsonschema_rs import Draft202012Validator

from create_group_id import schema, violations

REQUEST, SIGNUP = schema.load("request.json"), schema.load("signup.json")
SMALLEST, LARGEST = {"Key": "k", "Value": ""}, {"Key": "k" * 128, "Value": "v" * 128}
TAGS = [LARGEST] * 10 + [SMALLEST] * 10
# By the limits that the documents of CreateGroupId and this project's give.
VALID: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    (REQUEST, {"GroupId": "GID_abc"}),
    (REQUEST, {"GroupId": "GID-" + "a" * 60, "InstanceId": "i" * 64, "RegionId": "cn-hangzhou"}),
    (REQUEST, {"GroupId": "GID_abc", "InstanceId": "i", "Tags": TAGS, "OnExisting": "Fail"}),
    (REQUEST, {"GroupId": "GID_abc", "Tags": [], "OnExisting": "Succeed"}),
    (SIGNUP, {"tenantId": "t"}),
    (SIGNUP, {"tenantId": "t" * 256, "instanceId": "i" * 64, "regionId": "x", "tags": TAGS}),
    (SIGNUP, {"tenantId": "t", "plan": {"of": ["the", "publisher"]}, "instanceId": "i"}),
)


class Keyword(NamedTuple):
    """Rules, and values: valid and accepted, invalid, and valid but left to jsonschema."""

    rules: dict[str, Any]
    valid: tuple[Any, ...]
    invalid: tuple[Any, ...]
    unsure: tuple[Any, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        return (*self.valid, *self.unsure, *self.invalid)


ROWS: tuple[tuple[Any, ...], ...] = (
    ({"type": "object"}, ({},), ([], "", 1, None, True), ()),
    ({"type": "array"}, ([],), ({}, "", 1, None), ()),
    ({"type": "string"}, ("",), ({}, [], 1, None), ()),
    ({"type": "number"}, (), ("",), (1,)),
    ({"type": ["string", "array"]}, (), (1,), ("",)),
    ({"required": ["a", "b"]}, ({"a": 1, "b": 2, "c": 3},), ({"a": 1}, {}), (["a", "b"], 1)),
    ({"properties": {"a": {"type": "string"}}}, ({}, {"a": ""}, {"b": 1}), ({"a": 1},), ([], 1)),
    (
        {"properties": {"a": {}, "b": {}}, "additionalProperties": False},
        ({}, {"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "c": 2}, {"c": 1}),
        ([], 1),
    ),
    ({"additionalProperties": False}, ({},), ({"a": 1},), (1,)),
    ({"additionalProperties": True}, (), (), ({}, {"a": 1})),
    ({"additionalProperties": {"type": "string"}}, (), ({"a": 1},), ({}, {"a": ""})),
    (
        {"patternProperties": {"^a": {}}, "additionalProperties": False},
        (),
        ({"b": 1},),
        ({}, {"a": 1}),
    ),
    ({"maxItems": 2}, ([], [1, 2]), ([1, 2, 3],), ("ab", 1, {})),
    ({"maxItems": 2, "items": {"type": "string"}}, ([], ["", ""]), ([1], ["", 1]), ("ab", 1)),
    ({"items": {"type": "string"}}, ([],), ([1],), ([""], "", 1)),
    ({"minLength": 2}, ("ab",), ("a",), (["a", "b"], 1)),
    ({"maxLength": 2}, ("", "ab"), ("abc",), ([], 1)),
    ({"pattern": "^a+$"}, ("a", "aa"), ("", "ab", "a\n"), (1, ["a"])),
    ({"pattern": "a\\$"}, ("a$", "a$b"), ("a",), ()),
    ({"enum": ["a", "b"]}, ("a", "b"), ("c", "", ["a"], 1), ()),
    ({"enum": [1, ["a"]]}, (), (2, "a"), (1, ["a"])),
    ({"enum": [1, [0]]}, (), (True, [False]), (1, [0])),
    ({"not": {"type": "string", "pattern": "x"}}, ("", "a"), ("x", "ax"), (1, ["a"])),
    ({"not": {"type": "array", "pattern": "x"}}, (), ([],), ("a", "x")),
    ({"not": {"pattern": "x"}}, (), ("x", 1), ("a",)),
    ({"not": {"type": "string"}}, (), ("a",), (1,)),
    ({"not": {"type": "string", "pattern": "x", "minLength": 2}}, (), ("ax",), ("a", "x")),
    ({"not": True}, (), ("a",), ()),
    ({"not": {"maxItems": 1}}, (), ([], [1], ""), ([1, 2],)),
    (
        {"not": {"properties": {"a": {}}, "additionalProperties": False}},
        (),
        ({"a": 1},),
        ({"b": 1},),
    ),
    ({"$schema": "s", "$id": "i", "title": "t", "description": "d"}, ({}, [], "", 1), (), ()),
    ({"const": 1}, (), (2,), (1,)),
    ({}, ({}, "", 1), (), ()),
)
KEYWORDS = [Keyword(*row) for row in ROWS]


@pytest.mark.parametrize(("rules", "payload"), VALID)
def test_accepts_a_payload_at_its_limits(rules: dict[str, Any], payload: dict[str, Any]) -> None:
    assert schema.accepts(rules, payload)


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_accepts_by_each_keyword(keyword: Keyword) -> None:
    accepted = [value for value in keyword.values if schema.accepts(keyword.rules, value)]
    assert accepted == list(keyword.valid)
    validator = Draft202012Validator(keyword.rules)
    valid = [value for value in keyword.values if validator.is_valid(value)]
    assert valid == [*keyword.valid, *keyword.unsure]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_finds_violations_by_each_keyword(keyword: Keyword) -> None:
    rules = {"properties": {"a": keyword.rules}}
    found = [list(violations.find(rules, {"a": value})) for value in keyword.values]
    valid = len(keyword.valid) + len(keyword.unsure)
    assert [bool(some) for some in found] == [False] * valid + [True] * len(keyword.invalid)
    assert all(violation.pointer.startswith("/a") for some in found for violation in some)


def test_a_type_is_one_of_several() -> None:
    rules = {"properties": {"a": {"type": ["null", "boolean"]}}}
    assert list(violations.find(rules, {"a": True})) == []
    assert [violation.message for violation in violations.find(rules, {"a": ""})] == [
        "must be of type null or boolean"
    ]


def test_a_property_is_unknown_where_none_is_known() -> None:
    found = violations.find({"additionalProperties": False}, {"a": 1})
    assert [(violation.pointer, violation.keyword) for violation in found] == [
        ("", "additionalProperties")
    ]


# ECMA 262: `$` is the very end of the text, and `\\$` a dollar.
@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    (
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        ("^a$", "ab", False),
        ("a\\$", "a$b", True),
        ("a\\$", "a", False),
    ),
)
def test_matches_a_dollar_as_ecma_262_does(pattern: str, text: str, matches: bool) -> None:
    assert schema.matches(pattern, text) is matches


class Quoted(str):
    """A text that no message may quote."""

    __slots__ = ()

    def __repr__(self) -> str:
        raise AssertionError


@pytest.mark.parametrize(
    ("rules", "value"),
    (
        ({"type": "object"}, [Quoted()]),
        ({"type": "string"}, {Quoted(): 1}),
        ({"enum": ["a"]}, [Quoted()]),
        ({"maxItems": 1}, [Quoted()] * 2),
        ({"properties": {}, "additionalProperties": False}, {Quoted(): 1}),
        ({"pattern": "a"}, Quoted()),
    ),
)
def test_finds_a_violation_without_quoting_the_value(rules: dict[str, Any], value: Any) -> None:
    # To quote 64 KiB takes longer than to parse them.
    assert list(violations.find({"properties": {"a": rules}}, {"a": value}))


@pytest.mark.parametrize("rules", (True, False, None, [], "string"))
def test_accepts_nothing_by_a_schema_that_is_no_object(rules: Any) -> None:
    assert schema.accepts(rules, {}) is False
