"""Which calls a rule acts on, and the error for each rule that can never act."""

from __future__ import annotations

from typing import Any

import pytest

from onsmqtt_stub import Fault, read_faults
from onsmqtt_stub._rules import FaultRules
from tests.stub.client import INSTANCE, Client

ONE_LINE = r"\A[^\n]+\Z"


def acts(*rules: Fault, calls: int = 6, group_id: str = "GID_a") -> str:
    active = FaultRules(rules)
    return "".join("x" if active.pick("CreateGroupId", group_id) else "." for _ in range(calls))


@pytest.mark.parametrize(
    ("rule", "expected"),
    (
        (Fault("reset"), "xxxxxx"),
        (Fault("reset", times=2), "xx...."),
        (Fault("reset", skip=2, times=1), "..x..."),
        (Fault("reset", skip=4), "....xx"),
        (Fault("reset", action="DeleteGroupId"), "......"),
        (Fault("reset", action="CreateGroupId", group_id="GID_*", times=1), "x....."),
        (Fault("reset", group_id="gid_*"), "......"),
        (Fault("reset", group_id="GID_[bc]"), "......"),
    ),
)
def test_calls_that_a_rule_acts_on(rule: Fault, expected: str) -> None:
    assert acts(rule) == expected


def test_first_due_rule_acts_and_all_rules_count() -> None:
    first, second = Fault("reset", skip=1, times=1), Fault("empty", skip=2)
    rules = FaultRules([first, second])
    picked = [rules.pick("CreateGroupId", "GID_a") for _ in range(4)]
    assert picked == [None, first, second, second]
    assert rules.acted == [1, 2]


def test_probability_is_repeatable_under_its_seed() -> None:
    once = acts(Fault("reset", probability=0.3, seed=7), calls=400)
    assert once == acts(Fault("reset", probability=0.3, seed=7), calls=400)
    assert once != acts(Fault("reset", probability=0.3, seed=8), calls=400)
    # Ten standard deviations of a binomial around 120: 28 to 212.
    assert 28 < once.count("x") < 212


def test_group_pattern_matches_no_call_without_a_group(client: Client) -> None:
    client.backend.set_faults([Fault("empty", group_id="*")])
    assert client.v3("ListGroupId", InstanceId=INSTANCE).json()["Data"] == []
    assert client.create().content == b""


BAD: tuple[tuple[Any, str], ...] = (
    ([], 'must be a Fault, or an object such as {"effect": "reset"}'),
    ({}, "effect: is missing; use one of error, delay, refuse, reset, "),
    ({"effect": "boom"}, 'effect: unknown effect "boom"; use one of error, delay, refuse, reset, '),
    ({"effect": "rest"}, 'effect: unknown effect "rest"; did you mean "reset"? use one of error, '),
    ({"effect": "reset", "nth": 1}, 'unknown field "nth"; use one of action, code, '),
    ({"effect": "reset", "code": "X"}, '"reset" does not take "code"; its options are delay, when'),
    (
        {"effect": "reset", "when": "later"},
        'when: "later" is not allowed; "reset" takes "before", "after" or "answer"',
    ),
    (
        {"effect": "error", "when": "answer", "code": "X"},
        'when: "answer" is not allowed; "error" takes "before" or "after"',
    ),
    ({"effect": "error"}, "code: must be an error code such as Throttling.User: "),
    ({"effect": "error", "code": "a b"}, "code: must be an error code such as Throttling.User: "),
    (
        {"effect": "error", "code": "X", "status": 99},
        'status: 99 is out of range; "error" takes 300 to 599',
    ),
    (
        {"effect": "redirect", "status": 200},
        'status: 200 is out of range; "redirect" takes 301 to 308',
    ),
    (
        {"effect": "empty", "status": "200"},
        'status: is not a whole number; "empty" takes 200 to 599',
    ),
    (
        {"effect": "error", "code": "X", "headers": {"a\nb": "c"}},
        "headers: has an invalid header name; a valid one is X-Request-Id",
    ),
    (
        {"effect": "error", "code": "X", "headers": {"a": "c\r\nd"}},
        "headers: the value of a must be a string of printable ASCII",
    ),
    (
        {"effect": "error", "code": "X", "headers": {"a": 1}},
        "headers: the value of a must be a string of printable ASCII",
    ),
    (
        {"effect": "error", "code": "X", "headers": {"a" * 9999: 1}},
        "headers: the value of a header must be a string of printable ASCII",
    ),
    (
        {"effect": "error", "code": "X", "headers": []},
        'headers: must be an object of names and values, such as {"Retry-After": "1"}',
    ),
    (
        {"effect": "redirect", "location": "x\r\ny"},
        "location: must be a string of printable ASCII",
    ),
    ({"effect": "delay"}, "delay: must be above 0 seconds, and at most 86,400"),
    ({"effect": "delay", "delay": -1}, "delay: -1 is out of range; must be 0 to 86,400"),
    ({"effect": "delay", "delay": float("inf")}, "delay: is not a number; must be 0 to 86,400"),
    ({"effect": "delay", "delay": float("nan")}, "delay: is not a number; must be 0 to 86,400"),
    (
        {"effect": "empty", "headers": {"Content-Length": "9"}},
        "headers: Content-Length is set by the stub; remove it",
    ),
    ({"effect": "delay", "delay": "1"}, "delay: is not a number; must be 0 to 86,400"),
    (
        {"effect": "trickle", "delay": 1, "part": "tail"},
        'part: "tail" is not allowed; "trickle" takes "head" or "body"',
    ),
    (
        {"effect": "oversized", "size": 2**31},
        'size: 2147483648 is out of range; "oversized" takes 1 to 1,073,741,824',
    ),
    ({"effect": "oversized", "size": 0}, 'size: 0 is out of range; "oversized" takes 1 to '),
    ({"effect": "reset", "times": 0}, "times: 0 is out of range; must be 1 to 1,000,000,000"),
    ({"effect": "reset", "times": True}, "times: is not a whole number; must be 1 to 1,000,000,"),
    ({"effect": "reset", "skip": -1}, "skip: -1 is out of range; must be 0 to 1,000,000,000"),
    (
        {"effect": "reset", "probability": 0},
        "probability: 0 is out of range; must be above 0 and at most 1",
    ),
    (
        {"effect": "reset", "probability": 1.5},
        "probability: 1.5 is out of range; must be above 0 and at most 1",
    ),
    (
        {"effect": "reset", "action": "CreateGroup"},
        'action: unknown action "CreateGroup"; did you mean "CreateGroupId"? use one of ',
    ),
    (
        {"effect": "reset", "action": "ListGroupId", "group_id": "*"},
        "group_id: ListGroupId has no GroupId; remove group_id",
    ),
    ({"effect": ["reset"]}, "effect: must be a string"),
)


@pytest.mark.parametrize(("rule", "problem"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_rule_that_cannot_act(rule: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=ONE_LINE) as caught:
        Fault.from_json(rule)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("", "faults: is not valid JSON at line 1, column 1"),
        ("[\n {,", "faults: is not valid JSON at line 2, column 3"),
        ("[" * 100_000, "faults: is nested too deeply"),
        ("{}", 'faults: must be a list of rules, such as [{"effect": "reset"}]'),
        (
            '[{"effect": "reset"}, {"effect": "x"}]',
            'faults[1].effect: unknown effect "x"; use one of ',
        ),
        ('[{"effect": "reset"}, 3]', "faults[1]: must be a Fault, or an object such as "),
        (
            '[{"effect": "error", "code": "X", "status": 99}]',
            'faults[0].status: 99 is out of range; "error" takes 300 to 599',
        ),
        ('[{"effect": "delay"}]', "faults[0].delay: must be above 0 seconds, and at most 86,400"),
        (
            '[{"effect": "empty", "code": "X"}]',
            'faults[0]: "empty" does not take "code"; its options are delay, headers, status',
        ),
        (b"\xff", "faults: is not UTF-8"),
        (
            '[{"effect": "error", "code": "X", "code": "Y"}]',
            "faults: an object has a name twice; use each name once",
        ),
    ),
)
def test_rules_that_cannot_be_read(text: str | bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=ONE_LINE) as caught:
        read_faults(text)
    assert str(caught.value).startswith(problem)


def test_rule_that_an_earlier_rule_shadows(client: Client) -> None:
    client.backend.set_faults([Fault("empty", times=1)])
    with pytest.raises(ValueError, match=r"faults\[1\]: can never act, because faults\[0\]"):
        client.backend.set_faults([Fault("reset"), Fault("empty", group_id="GID_*")])
    assert client.create().content == b"", "the old rules are still in force"


def test_rules_in_json_use_the_field_names() -> None:
    text = '[{"effect": "error", "code": "Throttling", "times": 2, "skip": 1, "delay": 0.5}]'
    assert read_faults(text) == [Fault("error", code="Throttling", times=2, skip=1, delay=0.5)]
