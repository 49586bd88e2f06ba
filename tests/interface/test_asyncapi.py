"""docs/asyncapi.json is valid, and true of the function and of the deployment."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from create_group_id_tools.template import rendering
from tests.interface.schemas import ROOT, document, validator
from tests.world import World

DOCUMENT = document("asyncapi.json")
MESSAGES = DOCUMENT["components"]["messages"]
PATTERN = "x-eventbridge-filter-pattern"
SPECIFICATION = ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0.json"
INFRA = yaml.safe_load((ROOT / "infra" / "ros.yml").read_text(encoding="utf-8"))
DEFAULTS = {name: each.get("Default") for name, each in INFRA["Parameters"].items()}


@pytest.mark.skipif(not SPECIFICATION.is_file(), reason="needs `npm ci`, as CI has it")
def test_it_is_valid_by_the_specification() -> None:
    schema = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(DOCUMENT)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_examples_of_a_message_create_groups(name: str) -> None:
    schema = validator(DOCUMENT, "components", "messages", name, "payload")
    assert MESSAGES[name]["examples"]
    for shown in MESSAGES[name]["examples"]:
        schema.validate(shown["payload"])
        with World({"ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001", "ON_FAILURE": "raise"}) as world:
            envelope = world.handle(shown["payload"])
            results = envelope.get("Results", [envelope])
            assert {result["Data"]["Outcome"] for result in results} == {"Created"}


def test_the_pattern_selects_the_events_of_its_message() -> None:
    (selected,) = DOCUMENT["operations"]["createGroup"][PATTERN]["type"]
    for name in ("tenantSignup", "tenantSignups"):
        for shown in MESSAGES[name]["examples"]:
            payload = shown["payload"]
            for event in payload if isinstance(payload, list) else [payload]:
                assert event["type"] == selected
    schema = validator(DOCUMENT, "components", "schemas", "CloudEvent")
    event = MESSAGES["tenantSignup"]["examples"][0]["payload"]
    assert schema.is_valid(event)
    assert not schema.is_valid({**event, "type": "tenant.deleted"})


def test_a_publisher_must_say_what_cloudevents_requires() -> None:
    schema = validator(DOCUMENT, "components", "schemas", "CloudEvent")
    event = MESSAGES["tenantSignup"]["examples"][0]["payload"]
    for attribute in ("specversion", "id", "source", "type", "data"):
        assert not schema.is_valid({k: v for k, v in event.items() if k != attribute})


@pytest.mark.parametrize(
    ("operation", "rule"), (("createGroup", "Signups"), ("createGroups", "BulkSignupRule"))
)
def test_the_pattern_is_that_of_the_rule_in_infra(operation: str, rule: str) -> None:
    pattern = INFRA["Resources"][rule]["Properties"]["FilterPattern"]
    assert DOCUMENT["operations"][operation][PATTERN] == resolved(pattern)


def test_the_pattern_is_that_of_the_trigger_in_the_template() -> None:
    text = (ROOT / "template.yml").read_text(encoding="utf-8")
    (trigger,) = rendering.render(text, rendering.EXAMPLE)["resources"]["events"]["props"][
        "triggers"
    ]
    pattern = json.loads(trigger["triggerConfig"]["eventRuleFilterPattern"])
    assert DOCUMENT["operations"]["createGroup"][PATTERN] == pattern


def test_the_channels_are_the_bus_and_the_queue_in_infra() -> None:
    channels = DOCUMENT["channels"]
    assert channels["signups"]["address"] == DEFAULTS["EventBus"]
    assert channels["bulkSignups"]["address"] == DEFAULTS["BulkQueue"]


def resolved(value: Any) -> Any:
    """Replace each reference to a parameter by its default."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return DEFAULTS[value["Ref"]]
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        for name, default in DEFAULTS.items():
            text = text.replace(f"${{{name}}}", str(default))
        return text
    return {key: resolved(item) for key, item in value.items()}
