"""Mutations of JSON by its grammar, which random bytes seldom match, and of any bytes."""

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, Any

from tests.fuzzing.words import CANARY, NAMES, VALUES

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_MAX_TEXT = 20_000
_ODD_TEXTS = (
    "NaN", "-Infinity", "1e999", "\ufeff", '"\\ud800"', "[" * 130 + "]" * 130, "9" * 4301, "'", ",",
    "[" * 5000 + "]" * 5000,
    "\\u0000", "\x00", "\u00a0", '"tenantId":"acme",', '"GroupId":"GID_test",', "{", "}", "[", "]",
    "/**/",
)  # fmt: skip
_ODD_BYTES = (b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\x1f\x8b", b"\x00", b"\r\n")


def json_bytes(data: bytes, dice: random.Random, good: Sequence[bytes]) -> bytes:
    """Mutate JSON some times over; now and then as bytes, where it stays none of the `good`."""
    chance = dice.random()
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        if chance < 0.2:
            return some_bytes(data, dice)
        return json_bytes(dice.choice(good), dice, (b"{}",))
    if chance < 0.03:
        return some_bytes(data, dice)
    try:
        for _ in range(1 + int(dice.random() ** 3 * 5)):
            value = changed(value, dice, deeper=0.95)
        text = json.dumps(value, ensure_ascii=dice.random() < 0.7)
    except (RecursionError, ValueError):
        return some_bytes(data, dice)
    if chance < 0.07:
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(_ODD_TEXTS) + text[at + dice.randrange(2) :]
    return text.encode("utf-8", "surrogatepass")[:_MAX_TEXT]


def changed(value: Any, dice: random.Random, *, deeper: float = 0.75) -> Any:
    """Return a JSON value with a change somewhere in it, also in JSON within its texts."""
    if dice.random() < deeper:
        if isinstance(value, dict) and value:
            name = dice.choice(list(value))
            return {**value, name: changed(value[name], dice)}
        if isinstance(value, list) and value:
            at = dice.randrange(len(value))
            return [*value[:at], changed(value[at], dice), *value[at + 1 :]]
        if isinstance(value, str) and value[:1] in ("{", "["):
            return _changed_text(value, dice)
    return dice.choice(_CHANGES)(value, dice)


def _changed_text(text: str, dice: random.Random) -> Any:
    try:
        return json.dumps(changed(json.loads(text), dice))
    except (ValueError, RecursionError):
        return _text(text, dice)


def _replaced(_value: Any, dice: random.Random) -> Any:
    return copy.copy(dice.choice(VALUES))


def _random_text(_value: Any, dice: random.Random) -> Any:
    """Return a text of characters that the patterns allow, with a length at one of their bounds."""
    length = dice.choice((1, 2, 3, 20, 36, 37, 60, 61, 64, 65, 128, 129, 256, 257))
    alphabet = dice.choice(("a", "aZ0-_", "a-", "\u00e9a", "\U0001f600", "\u200b \t"))
    prefix = dice.choice(("", "", "GID_", "GID-"))
    return prefix + "".join(dice.choice(alphabet) for _ in range(length))


def _as_json(value: Any, _dice: random.Random) -> Any:
    return json.dumps(value)


def _as_base64(value: Any, dice: random.Random) -> Any:
    text = value if isinstance(value, str) and dice.random() < 0.5 else json.dumps(value)
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _wrapped(value: Any, dice: random.Random) -> Any:
    return dice.choice(_WRAPPINGS)(value)


_WRAPPINGS: tuple[Any, ...] = (
    lambda value: {"specversion": "1.0", "id": "e-1", "type": "tenant.signup", "data": value},
    lambda value: {"specversion": "1.0", "id": CANARY, "type": "mns:Queue:Send", "data": value},
    lambda value: {
        "specversion": "0.3",
        "type": "tenant.signup",
        "data_base64": base64.b64encode(json.dumps(value).encode()).decode(),
    },
    lambda value: {"TopicOwner": "1", "Message": value, "MessageId": "m-1"},
    lambda value: {"attrs": {}, "body": value},
    lambda value: {"messageId": "m-1", "messageBody": value},
    lambda value: {"systemProperties": {}, "body": value},
    lambda value: {"envelope": {}, "body": value},
    lambda value: {"props": {}, "body": value},
    lambda value: {"partition": 0, "offset": 0, "value": value},
    lambda value: [value],
    lambda value: [value, {"tenantId": "acme"}, value],
)


def _more(value: Any, dice: random.Random) -> Any:
    """Return a container with one element more, or many."""
    if isinstance(value, dict):
        return {**value, dice.choice(NAMES): copy.copy(dice.choice(VALUES))}
    if isinstance(value, list):
        extra = dice.choice(value) if value and dice.random() < 0.5 else dice.choice(VALUES)
        return [*value, *[copy.copy(extra)] * dice.choice((1, 1, 1, 2, 21, 101))]
    return _text(value, dice)


def _fewer(value: Any, dice: random.Random) -> Any:
    """Return a container with one element fewer."""
    if isinstance(value, dict) and value:
        name = dice.choice(list(value))
        return {other: inner for other, inner in value.items() if other != name}
    if isinstance(value, list) and value:
        at = dice.randrange(len(value))
        return value[:at] + value[at + 1 :]
    return _text(value, dice)


def _renamed(value: Any, dice: random.Random) -> Any:
    """Return an object with one name changed, mostly in case only."""
    if isinstance(value, dict) and value:
        name = dice.choice(list(value))
        other = dice.choice(
            (name.lower(), name.upper(), name.swapcase(), name + " ", CANARY, dice.choice(NAMES))
        )
        return {other if given == name else given: inner for given, inner in value.items()}
    return _text(value, dice)


def _text(value: Any, dice: random.Random) -> Any:
    """Return a text with some characters changed, or another value of the same kind."""
    if not isinstance(value, str) or not value:
        return copy.copy(dice.choice(VALUES))
    at = dice.randrange(len(value))
    inserted = dice.choice(
        ("", "", "\n", " ", "\x00", "-", "_", "A", "\ufffd", "\ud800", CANARY, "=")
    )
    return value[:at] + inserted + value[at + dice.randrange(3) :]


_CHANGES = (
    _replaced, _replaced, _replaced, _random_text, _as_json, _as_base64, _wrapped, _more, _more,
    _fewer, _fewer, _renamed, _text, _text,
)  # fmt: skip


def some_bytes(data: bytes, dice: random.Random) -> bytes:
    """Mutate bytes: insert, drop, repeat or overwrite a part."""
    at = dice.randrange(len(data) + 1)
    length = dice.choice((1, 1, 1, 2, 4, 16, 64))
    kind = dice.randrange(5)
    if kind == 0:
        return data[:at] + data[at + length :]
    if kind == 1:
        return data[:at] + data[at : at + length] * 2 + data[at + length :]
    if kind == 2:
        return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    if kind == 3:
        return data[:at] + dice.choice(_ODD_BYTES) + data[at:]
    return data[:at]
