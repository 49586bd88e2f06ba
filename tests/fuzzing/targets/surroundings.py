"""Any environment, context, credentials and timeout, with the Initializer or not; a good event.

An input is a JSON object of `environment`, `context`, `event`, `faults`, `initializer`, `imported`.
"""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fuzzing import documented_settings, instance, mutation, odd_values, oracles, service
from tests.fuzzing.bounds import Bounds
from tests.fuzzing.surroundings_oracles import (
    ATTRIBUTES,
    GOOD_KEY,
    KEYS,
    check_credentials,
    check_none_shown,
    check_settings,
    check_time,
    timeout_of,
)
from tests.fuzzing.words import CANARY, SETTINGS, VARIABLES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_FOLDER = Path(__file__).parents[3] / "events"
_EVENTS = [
    (_FOLDER / name).read_bytes()
    for name in (
        "direct-create-group-id.json",
        "http-create-group-id.json",
        "cloudevent.json",
        "batch-cloudevents.json",
        "http-cloudevent-binary.json",
    )
]
_KEY_PARTS = (*GOOD_KEY, "", " ", "a b", "\u00e9", "a\r\nHost: b", "\x7f", "a" * 5000, CANARY, "b")
_IMPORTED = (0, 0, 0, 0.5, 2.9, 5, 59, 100)
_IMPOSSIBLE = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")  # in a variable
_LONGEST_TIMEOUT = 86_400  # of FC, in seconds
_AGAIN = 3  # one in so many inputs is followed by a good one
_BOUNDS = Bounds(service.call_count)
_GOOD = {"ONSMQTT_INSTANCE_ID": "mqtt-cn-0pp1ldu0001", "ONSMQTT_MAX_QPS": "10000"}


def seeds() -> Iterator[bytes]:
    """Yield each event in good surroundings of both runtimes, and each odd value in some place."""
    credentials = dict(zip(ATTRIBUTES, GOOD_KEY, strict=True))
    fields: dict[str, Any] = {
        "request_id": instance.REQUEST_ID,
        "region": "cn-hangzhou",
        "function": {"name": "f", "memory": 512, "timeout": 60},
    }
    for event in range(len(_EVENTS)):
        for initializer in range(4):
            given = {"environment": _GOOD, "context": fields, "event": event}
            yield _json(given | {"context": fields | {"credentials": credentials}})
            environment = _GOOD | instance.CREDENTIALS
            yield _json(given | {"environment": environment, "initializer": initializer})
    for number, name in enumerate(odd_values.NAMES):
        for field in (*fields, "credentials"):
            changed = fields | {field: name} if number % 2 else {**fields, field: {"timeout": name}}
            yield _json({"environment": _GOOD, "context": changed, "event": number})


def _json(given: Any) -> bytes:
    return json.dumps(given).encode()


def mutate(data: bytes, dice: random.Random) -> bytes:
    """Change a variable, a field of the context, a part of the credentials, or anything."""
    try:
        given = json.loads(data)
        environment, context = dict(given["environment"]), dict(given["context"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return dice.choice(_SEEDS)
    if dice.random() < 0.03:
        return _json(given | {"context": dice.choice(odd_values.NAMES)})
    if dice.random() < 0.3:  # one wrong value hides what the others do
        environment = _GOOD | instance.CREDENTIALS
    for _ in range(1 + int(dice.random() ** 3 * 5)):
        chance = dice.random()
        if chance < 0.45:
            _change_environment(environment, dice)
        elif chance < 0.85:
            context = _changed_context(context, dice)
        else:
            name = dice.choice(("event", "faults", "initializer", "imported"))
            given[name] = dice.randrange(256)
    given |= {"environment": environment, "context": context}
    try:
        return _json(given)
    except (ValueError, RecursionError):
        return data


def _change_environment(environment: dict[str, Any], dice: random.Random) -> None:
    chance = dice.random()
    if chance < 0.7:
        environment[dice.choice(VARIABLES)] = odd_values.changed_text(dice.choice(SETTINGS), dice)
    elif chance < 0.9:
        environment[dice.choice(KEYS)] = odd_values.changed_text(dice.choice(_KEY_PARTS), dice)
    elif environment:
        del environment[dice.choice(list(environment))]


def _changed_context(context: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    chance = dice.random()
    if chance < 0.4:
        given = context.get("credentials")
        odd = dice.choice(odd_values.NAMES)
        part = odd if chance < 0.1 else odd_values.changed_text(dice.choice(_KEY_PARTS), dice)
        inner = given if isinstance(given, dict) else {}
        return context | {"credentials": inner | {dice.choice(ATTRIBUTES): part}}
    if chance < 0.65:
        return context | {"function": {"timeout": odd_values.timeout(dice)}}
    changed = mutation.changed(context, dice)
    return changed if isinstance(changed, dict) else context


def run(data: bytes) -> str:
    """Invoke in the surroundings that the input describes."""
    try:
        given = json.loads(data)
        environment = {str(name): str(value) for name, value in given["environment"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "no input"
    return _BOUNDS.run(lambda: _checked(data, given, _possible(environment)), len(data))


def _possible(environment: dict[str, str]) -> dict[str, str]:
    """Return the part that a process can have as its environment."""
    return {name: _IMPOSSIBLE.sub("", value) for name, value in environment.items() if name in _ALL}


def _checked(data: bytes, given: dict[str, Any], environment: dict[str, str]) -> str:
    instance.set_environment(environment)
    instance.new()
    faults = _number(given, "faults") if _number(given, "faults") % 3 == 0 else 0
    fields = given.get("context")
    if isinstance(fields, dict) and CANARY in str(fields.get("request_id")):
        fields = fields | {"request_id": "shown"}
    context = odd_values.context(fields)
    if timeout_of(context) > _LONGEST_TIMEOUT:
        faults = 0  # which would be retried for ever
    service.reset(faults)
    imported = float(_IMPORTED[_number(given, "imported") % len(_IMPORTED)])
    if _initialize(context, _number(given, "initializer")):
        imported = 0.0
    else:
        instance.set_import_seconds(imported)
    event = _EVENTS[_number(given, "event") % len(_EVENTS)]
    output = instance.invoke(event, context)
    envelope = oracles.envelope_of(output)
    oracles.check_secrets(output)
    check_none_shown(environment, context, output.text)
    check_time(context, imported)
    check_settings(envelope, environment, context)
    if not documented_settings.wrong(environment):
        check_credentials(envelope, environment, context, has_faults=faults != 0)
    if zlib.crc32(data) % _AGAIN == 0:
        _check_again(event)
    return oracles.label(envelope)


def _number(given: dict[str, Any], name: str) -> int:
    value = given.get(name, 0)
    return value if isinstance(value, int) else 0


def _initialize(context: Any, how: int) -> bool:
    """Run the Initializer never, once or twice, with or without the context."""
    if how % 4 == 0:
        return False
    instance.initialize(None if how % 4 == 1 else context)
    if how % 4 == 3:
        instance.initialize(context)
    return True


def _check_again(event: bytes) -> None:
    """Check that odd surroundings do not affect the next invocation of the instance."""
    instance.set_environment(_GOOD | instance.CREDENTIALS)
    service.reset()
    envelope = oracles.envelope_of(instance.invoke(event, instance.python312_context(60)))
    if not envelope["Success"]:
        assert oracles.label(envelope) == "DeadlineExceeded", "a good invocation failed"


_ALL = frozenset((*VARIABLES, *KEYS))
_SEEDS = list(seeds())
