"""Values that JSON cannot express, by their names in an input, and contexts with them."""

from __future__ import annotations

import math
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from tests.fuzzing.words import CANARY

if TYPE_CHECKING:
    import random


class _Raising:
    """Raises at any use."""

    def _raise(self, *_: object) -> NoReturn:
        raise RuntimeError(CANARY)

    __bool__ = __len__ = __iter__ = __str__ = __repr__ = __float__ = __int__ = _raise
    __eq__ = __hash__ = __getattr__ = __getitem__ = __contains__ = _raise


class _Text(str):
    """A text of another type."""

    __slots__ = ()


class _Number(float):
    """A number of another type."""

    __slots__ = ()


class Context:
    """Has these fields; one that is `ABSENT` is missing, and one that is `RAISES` raises."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __getattr__(self, name: str) -> Any:
        value = vars(self)["_fields"].get(name, ABSENT)
        if value is ABSENT:
            raise AttributeError(name)
        if value is RAISES:
            raise KeyError(CANARY)
        return value


ABSENT, RAISES = object(), object()
_OBJECTS: dict[str, Any] = {
    "!absent": ABSENT,
    "!raises": RAISES,
    "!raising": _Raising(),
    "!nan": math.nan,
    "!inf": math.inf,
    "!huge": 10**400,
    "!decimal": Decimal(5),
    "!complex": 5j,
    "!bytes": b"5",
    "!class": Context,
    "!function": math.sqrt,
    "!namespace": SimpleNamespace(timeout=5, access_key_id="a"),
    "!text": _Text("5"),
    "!number": _Number(5),
}
NAMES = tuple(_OBJECTS)
_TIMEOUTS = (86400, 0.1, 1e-9, -1, 5e-324)
_TEXT_TIMEOUTS: tuple[Any, ...] = (
    "5",
    " 5 ",
    "1_0",
    "\uff11",
    "infinity",
    "nan",
    "1e3",
    "0x5",
    "",
    "5 s",
    None,
    [],
)
_INSERTED: tuple[str, ...] = (*"\n ,-A9./@#", "", "\x00", "\udc80", "\u00e9", CANARY)


def value(given: Any) -> Any:
    """Return the value that a JSON value represents."""
    return _OBJECTS.get(given, given) if isinstance(given, str) else given


def context(given: Any) -> Any:
    """Return a context with the fields of an object, or the value itself if it is no object."""
    if not isinstance(given, dict):
        return value(given)
    return Context({name: context(inner) for name, inner in given.items()})


def timeout(dice: random.Random) -> Any:
    """Return a timeout, which FC may pass as a text too."""
    chance = dice.random()
    if chance < 0.3:
        return dice.choice(NAMES)
    if chance < 0.7:
        return dice.choice((dice.uniform(0, 2), dice.uniform(0, 100), *_TIMEOUTS))
    return dice.choice(_TEXT_TIMEOUTS)


def changed_text(text: str, dice: random.Random) -> str:
    """Return a text, in half of the cases with a change."""
    if dice.random() < 0.5:
        return text
    at = dice.randrange(len(text) + 1)
    inserted = dice.choice(_INSERTED)
    return text[:at] + inserted + text[at + dice.randrange(3) :]
