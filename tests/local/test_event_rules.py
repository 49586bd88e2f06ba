"""The rules of the bus: those of the template, and what they match."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from create_group_id_tools.template import deployment
from create_group_id_tools.template.deployment import Rule
from create_group_id_tools.template.rendering import RenderError

TEMPLATE = Path(__file__).parents[2] / "template.yml"
EVENT = {"aliyuneventbusname": "b", "source": "s", "type": "t", "data": {"type": "u"}}


@pytest.mark.parametrize(
    ("pattern", "bus", "matches"),
    (
        ({}, "b", True),
        ({}, "c", False),
        ({"type": ["t"]}, "b", True),
        ({"type": ["t"]}, "c", False),
        ({"type": ["a", "t"], "source": ["s"]}, "b", True),
        ({"type": ["t"], "source": ["a"]}, "b", False),
        ({"type": ["T"]}, "b", False),
        ({"type": []}, "b", False),
        ({"subject": ["t"]}, "b", False),
        ({"data": ["u"]}, "b", False),
    ),
)
def test_a_rule_matches_every_attribute_that_it_names(
    pattern: dict[str, list[str]], bus: str, matches: object
) -> None:
    assert Rule(bus, pattern).matches(EVENT) is matches


def rules(environ: dict[str, str] | None = None, **trigger: Any) -> tuple[Rule, ...]:
    """Read a template with such a trigger."""
    defaults = {"triggerName": "signup", "triggerType": "eventbridge", "triggerConfig": {}}
    props = {"functionName": "f", "handler": "index.handler", "triggers": [{**defaults, **trigger}]}
    text = json.dumps({"resources": {"f": {"props": props}}})
    (only,) = deployment.read(text, environ or {}, {})
    return only.rules


ARN = "acs:eventbridge:cn-hangzhou:1:eventbus/saas/rule/signup"


def test_the_rule_is_that_of_the_template() -> None:
    text = TEMPLATE.read_text()
    environ = {"EVENT_BUS": "mine", "SIGNUP_TYPE": "Customer.Created"}
    callers, events, bulk = deployment.read(text, environ, {})
    assert callers.rules == bulk.rules == ()
    assert events.rules == (Rule("mine", {"type": ["Customer.Created"]}),)
    assert rules(sourceArn=ARN) == (Rule("saas", {}),)
    assert rules() == ()
    assert rules(triggerType="timer", sourceArn=ARN) == ()


@pytest.mark.parametrize(
    ("arn", "pattern", "message"),
    (
        ("acs:mns:cn-hangzhou:1:/queues/q", "{}", "sourceArn must be the ARN of a rule"),
        (ARN, "{", "eventRuleFilterPattern must be JSON"),
        (ARN, '{"type": ["a"], "type": ["b"]}', "must be JSON, with each name once"),
        (ARN, "[]", "must map attributes to lists"),
        (ARN, '{"type": "tenant.signup"}', "must map attributes to lists"),
        (ARN, '{"type": [{"prefix": "tenant."}]}', "must map attributes to lists"),
        (ARN, '{"data": {"plan": ["gold"]}}', "must map attributes to lists"),
    ),
)
def test_a_rule_that_cannot_be_followed_is_reported(arn: str, pattern: str, message: str) -> None:
    with pytest.raises(RenderError, match=r"^trigger signup: ") as caught:
        rules(sourceArn=arn, triggerConfig={"eventRuleFilterPattern": pattern})
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
