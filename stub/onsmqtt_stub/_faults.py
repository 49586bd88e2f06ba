"""A fault rule: which calls it matches, and what happens to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from onsmqtt_stub import _checks
from onsmqtt_stub._actions import IMPLEMENTED, UNIMPLEMENTED
from onsmqtt_stub._checks import Invalid
from onsmqtt_stub._effect import MAX_DELAY
from onsmqtt_stub._effects import EFFECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange, Step

EffectName = Literal[
    "error", "delay", "refuse", "reset", "redirect",
    "truncated", "oversized", "not_json", "wrong_type", "empty", "trickle",
]  # fmt: skip
_MATCHING = ("action", "group_id", "skip", "times", "probability", "seed")
_MAX = 10**9


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The fields of a rule that follow its effect, all by name."""

    when: Literal["before", "after", "answer"] = "before"
    delay: float = 0.0
    code: str = ""
    status: int | None = None
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str = "https://redirected.invalid/"
    size: int = 4 * 2**20
    part: Literal["head", "body"] = "body"
    action: str | None = None
    group_id: str | None = None
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0


@dataclass(frozen=True)
class Fault(_Options):
    """One fault rule.

    It matches the calls of `action` whose GroupId matches the shell pattern `group_id`. It lets the
    first `skip` of them pass, then acts on at most `times` of them, each with `probability` under
    `seed`. If the gateway refuses a call, the rule counts the call, but the refusal is returned.

    `effect` says what happens:

    - error: an error `code` with `status`, `message`, `headers`, "before" or "after" the commit.
    - delay: nothing for `delay` seconds, "before" or "after" the commit.
    - refuse: the connection is refused, after `delay` seconds if set. Nothing is sent.
    - reset: the connection breaks "before" the commit, "after" it, or during the "answer".
    - redirect: a redirect to `location`, "before" or "after" the commit.

    All other effects happen after the commit:

    - truncated: half of the body, with the Content-Length of the whole body.
    - oversized: a body of `size` bytes.
    - not_json: HTML.
    - wrong_type: JSON that is not an object.
    - empty: no body.
    - trickle: `delay` seconds before each byte of the "head" or of the "body".

    Every effect takes a `delay`. Raises ValueError, in one line that names the field, for a rule
    that cannot act as it is written.
    """

    effect: EffectName = field(kw_only=False)

    def __post_init__(self) -> None:
        _checks.known("effect", "effect", self.effect, EFFECTS)
        _check_types(self)
        _check_options(self)
        _check_matching(self)
        EFFECTS[self.effect].check(self)

    @property
    def acts_before_sending(self) -> bool:
        """Return whether it happens before anything is sent."""
        return self.effect == "refuse"

    @property
    def acts_before_commit(self) -> bool:
        """Return whether it happens before the commit; a changed response comes after it."""
        return EFFECTS[self.effect].acts_before_commit(self)

    @property
    def description(self) -> str:
        """Return the reason for the journal."""
        if self.acts_before_commit:
            return f"fault: {self.effect} before the commit"
        place = "during the response" if self.when == "answer" else "after the commit"
        return f"fault: {self.effect} {place}"

    def steps(self, exchange: Exchange) -> Iterator[Step]:
        """Yield the steps of a call that has this fault."""
        return EFFECTS[self.effect].steps(self, exchange)

    @classmethod
    def from_json(cls, rule: Any) -> Fault:
        """Read a rule from a JSON object that has the fields' names."""
        if not isinstance(rule, Mapping):
            raise Invalid("", 'must be a Fault, or an object such as {"effect": "reset"}')
        names = [item.name for item in fields(cls)]
        for name in rule:
            _checks.known("", "field", name, sorted(names))
        if "effect" not in rule:
            raise Invalid("effect", f"is missing; use one of {', '.join(EFFECTS)}")
        return cls(**rule)


def as_faults(rules: object) -> list[Fault]:
    """Read rules, each a `Fault` or an object with its fields. ValueError names the place."""
    if isinstance(rules, str | bytes | Mapping) or not isinstance(rules, Sequence):
        problem = 'faults: must be a list of rules, such as [{"effect": "reset"}]'
        raise ValueError(problem)  # noqa: TRY004 - every bad rule is a ValueError
    return [_as_fault(index, rule) for index, rule in enumerate(rules)]


def read_faults(text: str | bytes) -> list[Fault]:
    """Read rules from JSON. ValueError says in one line what is wrong, and where."""
    try:
        rules = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"faults: is not valid JSON at {place}") from None
    except UnicodeDecodeError:
        raise ValueError("faults: is not UTF-8") from None
    except Invalid as error:
        raise ValueError(str(error)) from None
    except (ValueError, RecursionError):
        raise ValueError("faults: is nested too deeply, or contains too long a number") from None
    return as_faults(rules)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise Invalid("faults", "an object has a name twice; use each name once")
    return values


def _as_fault(index: int, rule: object) -> Fault:
    try:
        return rule if isinstance(rule, Fault) else Fault.from_json(rule)
    except Invalid as problem:
        raise problem.within(f"faults[{index}]") from None


def _check_types(fault: Fault) -> None:
    for name in ("message", "action", "group_id"):
        if getattr(fault, name) is not None:
            _checks.text(name, getattr(fault, name))
    _checks.number("delay", fault.delay, 0, MAX_DELAY)
    if not isinstance(fault.headers, Mapping):
        raise Invalid(
            "headers", 'must be an object of names and values, such as {"Retry-After": "1"}'
        )
    _checks.headers("headers", fault.headers)


def _check_options(fault: Fault) -> None:
    options = EFFECTS[fault.effect].options
    for item in fields(fault):
        unset = item.default if item.default is not MISSING else {}
        if item.name in (*_MATCHING, "effect", *options) or getattr(fault, item.name) == unset:
            continue
        takes = ", ".join(sorted(options))
        raise Invalid("", f'"{fault.effect}" does not take "{item.name}"; its options are {takes}')


def _check_matching(fault: Fault) -> None:
    counts = range(_MAX + 1)
    _checks.whole_number("skip", fault.skip, counts)
    _checks.whole_number("seed", fault.seed, range(-_MAX, _MAX + 1))
    if fault.times is not None:
        _checks.whole_number("times", fault.times, counts[1:])
    _checks.number("probability", fault.probability, 0, 1, above=True)
    if fault.action is not None:
        _checks.known("action", "action", fault.action, (*IMPLEMENTED, *sorted(UNIMPLEMENTED)))
        if fault.group_id is not None and fault.action not in ("CreateGroupId", "DeleteGroupId"):
            raise Invalid("group_id", f"{fault.action} has no GroupId; remove group_id")
