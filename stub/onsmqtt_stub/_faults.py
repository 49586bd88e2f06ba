"""A rule of what goes wrong: which calls it takes, and what happens to those."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from onsmqtt_stub import _checks
from onsmqtt_stub._actions import IMPLEMENTED, UNIMPLEMENTED
from onsmqtt_stub._checks import Invalid
from onsmqtt_stub._effects import EFFECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange, Step

EffectName = Literal[
    "error", "delay", "refuse", "reset", "redirect",
    "truncated", "oversized", "not_json", "wrong_type", "empty", "trickle",
]  # fmt: skip
LONGEST_DELAY = 86_400.0
_MATCHING = ("action", "group_id", "skip", "times", "probability", "seed")
_MOST = 10**9


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The fields of a rule after its effect, all by name."""

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
    """One rule.

    It takes the calls of `action` whose GroupId fits the shell pattern `group_id`, lets the first
    `skip` of them pass, then acts on at most `times`, each with `probability` under `seed`. A call
    that the gateway refuses counts, but gets its refusal whatever the rule says.

    What happens, `effect`:
    error: an error `code` with `status`, `message` and `headers`, "before" the commit or "after".
    delay: `delay` seconds, "before" the commit or "after"; most other effects take a delay too.
    refuse: no connection; with `delay` one that is refused only then. Nothing is sent.
    reset: the connection breaks "before" the commit, "after" it, or in the middle of the "answer".
    redirect: to `location`, "before" the commit or "after".
    truncated: half the body, although Content-Length says more. All from here on happen after the
    commit. oversized: a body of `size` bytes. not_json: HTML. wrong_type: JSON that is no object.
    empty: no body. trickle: `delay` seconds before each byte of the "head" or of the "body".

    Raises ValueError, in one line that names the field, for a rule that could not act as written.
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
        """Whether it happens before anything was sent."""
        return self.effect == "refuse"

    @property
    def acts_before_commit(self) -> bool:
        """Whether it happens before the commit; those that shape a response happen after it."""
        return EFFECTS[self.effect].acts_before_commit(self)

    @property
    def description(self) -> str:
        """The reason that the journal gives."""
        place = "in the answer" if self.when == "answer" else "after the commit"
        return f"fault: {self.effect} {'before the commit' if self.acts_before_commit else place}"

    def steps(self, exchange: Exchange) -> Iterator[Step]:
        """Do it to a call."""
        return EFFECTS[self.effect].steps(self, exchange)

    @classmethod
    def from_json(cls, rule: Any) -> Fault:
        """Read a rule from a JSON object with the fields' names."""
        if not isinstance(rule, Mapping):
            raise Invalid("", 'must be a Fault, or an object such as {"effect": "reset"}')
        names = [item.name for item in fields(cls)]
        for name in rule:
            _checks.known("", "field", name, sorted(names))
        if "effect" not in rule:
            raise Invalid("effect", f"is missing; known: {', '.join(EFFECTS)}")
        return cls(**rule)


def as_faults(rules: object) -> list[Fault]:
    """Read rules, each a `Fault` or an object with its fields; ValueError names the place."""
    if isinstance(rules, str | bytes | Mapping) or not isinstance(rules, Sequence):
        raise ValueError("faults: must be a list of rules")  # noqa: TRY004 - one kind for bad rules
    return [_as_fault(index, rule) for index, rule in enumerate(rules)]


def read_faults(text: str | bytes) -> list[Fault]:
    """Read rules from JSON; ValueError says in one line what is wrong and where."""
    try:
        rules = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"faults: must be JSON; see {place}") from None
    except (ValueError, RecursionError):
        raise ValueError("faults: must be JSON") from None
    return as_faults(rules)


def _as_fault(index: int, rule: object) -> Fault:
    try:
        return rule if isinstance(rule, Fault) else Fault.from_json(rule)
    except Invalid as problem:
        raise problem.within(f"faults[{index}]") from None


def _check_types(fault: Fault) -> None:
    for name in ("message", "action", "group_id"):
        if getattr(fault, name) is not None:
            _checks.text(name, getattr(fault, name))
    for name in ("when", "part", "code", "location"):
        _checks.text(name, getattr(fault, name))
    _checks.number("delay", fault.delay, 0, LONGEST_DELAY)
    if not isinstance(fault.headers, Mapping):
        raise Invalid("headers", "must be an object of names and values")
    _checks.headers("headers", fault.headers)


def _check_options(fault: Fault) -> None:
    taken = EFFECTS[fault.effect].options
    for item in fields(fault):
        unset = item.default if item.default is not MISSING else {}
        if item.name in (*_MATCHING, "effect", *taken) or getattr(fault, item.name) == unset:
            continue
        raise Invalid("", f'"{fault.effect}" does not take "{item.name}"')


def _check_matching(fault: Fault) -> None:
    whole = range(_MOST + 1)
    _checks.whole_number("skip", fault.skip, whole)
    _checks.whole_number("seed", fault.seed, range(-_MOST, _MOST + 1))
    if fault.times is not None:
        _checks.whole_number("times", fault.times, whole[1:])
    _checks.number("probability", fault.probability, 0, 1, above=True)
    if fault.action is not None:
        _checks.known("action", "action", fault.action, (*IMPLEMENTED, *sorted(UNIMPLEMENTED)))
        if fault.group_id is not None and fault.action not in ("CreateGroupId", "DeleteGroupId"):
            raise Invalid("group_id", f"calls of {fault.action} name no group")
