"""Which calls a rule takes, and one line for each rule that could never act."""

from __future__ import annotations

from typing import Any

import pytest

from onsmqtt_stub import Fault
from onsmqtt_stub.control import read_faults
from onsmqtt_stub.script import Script
from tests.stub.client import INSTANCE, Client

ONE_LINE = r"\A[^\n]+\Z"


def acts(*rules: Fault, calls: int = 6, group_id: str = "GID_a") -> str:
    script = Script(rules)
    return "".join("x" if script.pick("CreateGroupId", group_id) else "." for _ in range(calls))


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
def test_rule_takes(rule: Fault, expected: str) -> None:
    assert acts(rule) == expected


def test_first_rule_that_is_due_acts_and_all_count() -> None:
    first, second = Fault("reset", skip=1, times=1), Fault("empty", skip=2)
    script = Script([first, second])
    picked = [script.pick("CreateGroupId", "GID_a") for _ in range(4)]
    assert picked == [None, first, second, second]
    assert script.acted == [1, 2]


def test_probability_is_repeatable_under_its_seed() -> None:
    once = acts(Fault("reset", probability=0.3, seed=7), calls=400)
    assert once == acts(Fault("reset", probability=0.3, seed=7), calls=400)
    assert once != acts(Fault("reset", probability=0.3, seed=8), calls=400)
    # Ten standard deviations of a binomial around 120: 28 to 212.
    assert 28 < once.count("x") < 212


def test_group_pattern_takes_no_call_without_a_group(client: Client) -> None:
    client.backend.set_faults([Fault("empty", group_id="*")])
    assert client.v3("ListGroupId", InstanceId=INSTANCE).json()["Data"] == []
    assert client.create().content == b""


BAD: tuple[tuple[Any, str], ...] = (
    ([], "a rule must be an object"),
    ({}, "effect is missing"),
    ({"effect": "boom"}, "unknown effect; known are error, delay, refuse, reset, "),
    ({"effect": "reset", "nth": 1}, "unknown field 'nth'; known are action, code, "),
    ({"effect": "reset", "code": "X"}, "code means nothing to reset"),
    ({"effect": "reset", "when": "later"}, "when is one with which the rule cannot act"),
    ({"effect": "error", "when": "answer", "code": "X"}, "when is one with which"),
    ({"effect": "error"}, "code is one with which the rule cannot act"),
    ({"effect": "error", "code": "a b"}, "code is one with which the rule cannot act"),
    ({"effect": "error", "code": "X", "status": 200}, "status is one with which"),
    ({"effect": "redirect", "status": 200}, "status is one with which"),
    ({"effect": "error", "code": "X", "headers": {"a\nb": "c"}}, "headers is one with which"),
    ({"effect": "error", "code": "X", "headers": {"a": "c\r\nd"}}, "headers is one with which"),
    ({"effect": "error", "code": "X", "headers": {"a": 1}}, "headers must be strings"),
    ({"effect": "redirect", "location": "x\r\ny"}, "location is one with which"),
    ({"effect": "delay"}, "delay is one with which the rule cannot act"),
    ({"effect": "delay", "delay": -1}, "delay is one with which the rule cannot act"),
    ({"effect": "delay", "delay": float("inf")}, "delay is one with which the rule cannot act"),
    ({"effect": "delay", "delay": float("nan")}, "delay is one with which the rule cannot act"),
    ({"effect": "empty", "headers": {"Content-Length": "9"}}, "headers is one with which"),
    ({"effect": "delay", "delay": "1"}, "delay must be a number"),
    ({"effect": "trickle", "delay": 1, "part": "tail"}, "part is one with which"),
    ({"effect": "oversized", "size": 2**31}, "size is one with which the rule cannot act"),
    ({"effect": "oversized", "size": 0}, "size is one with which the rule cannot act"),
    ({"effect": "reset", "times": 0}, "times is one with which the rule cannot act"),
    ({"effect": "reset", "times": True}, "times must be a whole number"),
    ({"effect": "reset", "skip": -1}, "skip is one with which the rule cannot act"),
    ({"effect": "reset", "probability": 0}, "probability is one with which"),
    ({"effect": "reset", "probability": 1.5}, "probability is one with which"),
    ({"effect": "reset", "action": "CreateGroup"}, "action is one with which"),
    ({"effect": "reset", "action": "ListGroupId", "group_id": "*"}, "group_id is one with which"),
    ({"effect": ["reset"]}, "effect must be a string"),
)


@pytest.mark.parametrize(("rule", "problem"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_rule_that_cannot_act(rule: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=ONE_LINE) as caught:
        Fault.from_json(rule)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("", "faults: not JSON"),
        ("[" * 100_000, "faults: not JSON"),
        ("{}", "faults: must be an array of rules"),
        ('[{"effect": "reset"}, {"effect": "x"}]', "faults[1]: unknown effect"),
        (b"\xff", "faults: not JSON"),
    ),
)
def test_script_that_cannot_be_read(text: str | bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=ONE_LINE) as caught:
        read_faults(text)
    assert str(caught.value).startswith(problem)


def test_rule_that_an_earlier_one_leaves_no_call(client: Client) -> None:
    client.backend.set_faults([Fault("empty", times=1)])
    with pytest.raises(ValueError, match=r"faults\[1\]: faults\[0\] takes every call before it"):
        client.backend.set_faults([Fault("reset"), Fault("empty", group_id="GID_*")])
    assert client.create().content == b"", "the old rules are still in force"


def test_rules_in_json_have_the_fields_names() -> None:
    text = '[{"effect": "error", "code": "Throttling", "times": 2, "skip": 1, "delay": 0.5}]'
    assert read_faults(text) == [Fault("error", code="Throttling", times=2, skip=1, delay=0.5)]
