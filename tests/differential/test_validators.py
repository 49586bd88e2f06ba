"""Three validators agree: the function's, `jsonschema` (Python) and `jsonschema_rs` (Rust).

The function also refuses what breaks a rule that no schema can express: two tags of one key, an
unknown region, no instance at all, a name in another case in a signup, and U+FFFD in a text.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import pytest

from create_group_id import payload, settings
from create_group_id.errors import Failure
from onsmqtt_stub import INSTANCE_ID, Fault
from tests.conftest import ROOT
from tests.differential import payloads
from tests.world import World, a_context, an_http_event

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = (pytest.param(300, id="some"), pytest.param(20_000, id="all", marks=pytest.mark.corpora))
SCHEMAS = {
    name: json.loads((ROOT / f"src/create_group_id/schemas/{name}.json").read_text())
    for name in ("request", "signup", "envelope")
}
PYTHON = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
RUST = {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
KNOWN_REGIONS = ("cn-hangzhou", "cn-shanghai")  # of those that are generated
NO_SCHEMAS = "beyond the schema"


def rules(value: dict[str, Any], name: str, instance: str | None) -> Iterator[str]:
    """Yield the rules that a payload breaks and that no schema can express."""
    signup = name == "signup"
    names = ("instanceId", "regionId", "tags") if signup else ("InstanceId", "RegionId", "Tags")
    instance_name, region, tags = names
    if instance_name not in value and instance is None:
        yield "required"
    if isinstance(value.get(region), str) and value[region] not in KNOWN_REGIONS:
        yield "enum"
    tag_list = value.get(tags)
    if isinstance(tag_list, list) and len(tag_list) <= 20:
        keys = [tag.get("Key") for tag in tag_list if isinstance(tag, dict)]
        texts = [key for key in keys if isinstance(key, str)]
        if len(texts) > len(set(texts)):
            yield "uniqueItems"
    if signup:
        known = SCHEMAS["signup"]["properties"]
        cased = {known_name.lower(): known_name for known_name in known}
        if any(cased.get(other.lower(), other) not in value for other in value):
            yield "additionalProperties"


def lossy(value: dict[str, Any], name: str) -> bool:
    """Return whether U+FFFD is in a text that the function reads."""
    tags = value.get("tags" if name == "signup" else "Tags")
    tag_list = tags if isinstance(tags, list) and len(tags) <= 20 else []
    texts = [value.get(known) for known in SCHEMAS[name]["properties"]]
    texts += [
        tag.get(part) for tag in tag_list if isinstance(tag, dict) for part in ("Key", "Value")
    ]
    return any(isinstance(text, str) and "\ufffd" in text for text in texts)


def ours(value: dict[str, Any], name: str, instance: str | None) -> list[tuple[str, str]] | None:
    """Return the violations of the function as pointer and keyword; None if malformed."""
    environ = {"ONSMQTT_INSTANCE_ID": instance or "", "ONSMQTT_REGION_ID": "cn-hangzhou",
               "ONSMQTT_ALLOWED_INSTANCE_IDS": "*"}  # fmt: skip
    chosen = settings.load(environ, None)
    try:
        payload.read(value, chosen, is_signup=name == "signup", on_existing="Fail")
    except Failure as failure:
        if failure.kind.code == "MalformedPayload":
            return None
        return [(violation.pointer, violation.keyword) for violation in failure.violations]
    return []


def theirs(value: dict[str, Any], name: str) -> set[tuple[str, str]]:
    """Return the errors of `jsonschema_rs` as pointer and keyword."""
    found = set()
    for error in RUST[name].iter_errors(value):
        pointer = "".join(f"/{part}" for part in error.instance_path)
        keyword = str(error.kind.name)
        if keyword == "required":
            pointer += f"/{error.kind.property}"  # type: ignore[attr-defined]  # of this kind
        found.add((pointer, keyword))
    # With too many tags none is checked; a pattern is more specific than a control character.
    crowded = {pointer for pointer, keyword in found if keyword == "maxItems"}
    return {
        (pointer, keyword)
        for pointer, keyword in found
        if not any(pointer.startswith(f"{most}/") for most in crowded)
        and not (keyword == "not" and (pointer, "pattern") in found)
    }


@pytest.mark.parametrize("instance", (INSTANCE_ID, None))
@pytest.mark.parametrize("count", COUNTS)
def test_a_payload(count: int, instance: str | None) -> None:
    counts: Counter[str] = Counter()
    for value in payloads.objects(count, seed=4):
        name = "signup" if any(key.lower() == "tenantid" for key in value) else "request"
        found = ours(value, name, instance)
        valid = RUST[name].is_valid(value)
        assert PYTHON[name].is_valid(value) == valid, value
        if lossy(value, name):
            assert found is None, value
            counts["lossy"] += 1
            continue
        assert found is not None, value
        broken = set(rules(value, name, instance))
        assert (not found) == (valid and not broken), value
        beyond = Counter(keyword for _, keyword in set(found) - theirs(value, name))
        assert len(found) >= 20 or theirs(value, name) <= set(found), value
        assert beyond.keys() <= broken, value
        counts["valid" if not found else NO_SCHEMAS if valid else "invalid"] += 1
    assert counts["valid"] > count / 5 or instance is None
    assert min(counts["invalid"], counts[NO_SCHEMAS]) > count / 50
    assert counts["lossy"]


def envelopes(count: int) -> Iterator[dict[str, Any]]:
    """Yield the envelopes of the function for payloads and faults of all kinds."""
    faults = (
        (), (), (Fault("error", code="InternalError", status=500),), (Fault("reset",
        when="after"),),
        (Fault("error", code="Throttling.User"),), (Fault("error", code="Never.Known",
        status=418),),
        (Fault("error", code="NoPermission", status=403),), (Fault("redirect"),),
    )  # fmt: skip
    short = a_context(timeout=2)
    with World({"ONSMQTT_INSTANCE_ID": INSTANCE_ID, "LOG_LEVEL": "CRITICAL"}) as world:
        for number, value in enumerate(payloads.objects(count, seed=5)):
            world.backend.reset()
            world.backend.set_faults(faults[number % len(faults)])
            yield json.loads(world.handle(an_http_event(value), short)["body"])
            if number % 5 == 0:
                try:
                    yield dict(world.handle([value, {"tenantId": "acme"}], short))
                except Exception as failure:  # noqa: BLE001 - conftest checks the exception
                    yield json.loads(str(failure))


def changed(value: Any, dice: random.Random) -> Any:
    """Return an envelope with one field removed, replaced or added."""
    value = copy.deepcopy(value)
    place = value
    while True:
        key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        inner = place[key]
        if isinstance(inner, (dict, list)) and inner and dice.random() < 0.8:
            place = inner
            continue
        chance = dice.random()
        if chance < 0.4:
            del place[key]
        elif chance < 0.9:
            place[key] = dice.choice(
                (None, True, False, 0, 1, 200, 429, 500, -1, 1.5, "", "x", "Created", "Throttled",
                [], {},
                 "InvalidPayload", "a" * 65, "GID_test", "a\n", inner)
            )  # fmt: skip
        elif isinstance(place, dict):
            place[dice.choice(("x", "Violations", "OutcomeUnknown", "Data", "Error"))] = inner
        return value


@pytest.mark.parametrize("count", (16, pytest.param(500, marks=pytest.mark.corpora)))
def test_validators_agree_on_an_envelope_and_changes_of_it(count: int) -> None:
    dice, verdicts = random.Random(6), Counter[bool]()
    for envelope in envelopes(count):
        assert PYTHON["envelope"].is_valid(envelope)
        assert RUST["envelope"].is_valid(envelope)
        for _ in range(6):
            other = changed(envelope, dice)
            verdict = RUST["envelope"].is_valid(other)
            assert PYTHON["envelope"].is_valid(other) == verdict, other
            verdicts[verdict] += 1
    assert verdicts[False] > verdicts[True] > count / 3
