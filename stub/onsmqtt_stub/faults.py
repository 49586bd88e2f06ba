"""A rule of what goes wrong: which calls it takes, and what happens to those."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from onsmqtt_stub.actions import IMPLEMENTED, LACKING
from onsmqtt_stub.errors import CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

Effect = Literal[
    "error", "delay", "refuse", "reset", "redirect",
    "truncated", "oversized", "not_json", "wrong_type", "empty", "trickle",
]  # fmt: skip
LONGEST_DELAY = 86_400.0
LARGEST_SIZE = 2**30
When = Literal["before", "after", "answer"]

# What each effect can be told beyond which calls it takes, and when it can happen.
_OPTIONS: dict[str, set[str]] = {
    "error": {"when", "code", "status", "message", "headers", "delay"},
    "delay": {"when", "delay"},
    "refuse": {"delay"},
    "reset": {"when", "delay"},
    "redirect": {"when", "status", "location", "headers", "delay"},
    "truncated": {"delay"},
    "oversized": {"size", "delay"},
    "not_json": {"status", "headers", "delay"},
    "wrong_type": {"status", "headers", "delay"},
    "empty": {"status", "headers", "delay"},
    "trickle": {"delay", "part"},
}
_MATCHING = ("action", "group_id", "skip", "times", "probability", "seed")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# The stub frames its answers itself.
_FRAMING = ("connection", "content-length", "transfer-encoding")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The fields of a rule after its effect, all by name."""

    when: When = "before"
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
    error: the answer `code` with `status`, `message` and `headers`, "before" the commit or "after".
    delay: `delay` seconds, "before" the commit or "after"; most other effects take a delay too.
    refuse: no connection; with `delay` one that is refused only then. Nothing is sent.
    reset: the connection breaks "before" the commit, "after" it, or in the middle of the "answer".
    redirect: to `location`, "before" the commit or "after".
    truncated: half the body, although Content-Length says more. All from here on happen after the
    commit. oversized: a body of `size` bytes. not_json: HTML. wrong_type: JSON that is no object.
    empty: no body. trickle: `delay` seconds before each byte of the "head" or of the "body".

    Raises ValueError, in one line, for a rule that could not act as written.
    """

    effect: Effect = field(kw_only=False)

    def __post_init__(self) -> None:
        problem = _type_problem(self) or _problem(self)
        if problem:
            raise ValueError(problem)

    @property
    def acts_before(self) -> bool:
        """Whether it happens before the commit; those that shape an answer happen after it."""
        return self.when == "before" and self.effect in ("error", "delay", "reset", "redirect")

    @property
    def described(self) -> str:
        """The reason that the journal gives."""
        place = "in the answer" if self.when == "answer" else "after the commit"
        return f"fault: {self.effect} {'before the commit' if self.acts_before else place}"

    @classmethod
    def from_json(cls, rule: Any) -> Fault:
        """Read a rule from a JSON object with the fields' names."""
        if not isinstance(rule, dict):
            raise ValueError("a rule must be an object")  # noqa: TRY004 - one kind for all bad rules
        known = [item.name for item in fields(cls)]
        for name in rule:
            if name not in known:
                raise ValueError(f"unknown field {name!r}; known are {', '.join(sorted(known))}")
        if "effect" not in rule:
            raise ValueError("effect is missing")
        return cls(**rule)


def _type_problem(fault: Fault) -> str | None:
    kinds: dict[str, tuple[type, ...]] = {
        "delay": (int, float), "probability": (int, float), "skip": (int,), "seed": (int,),
        "size": (int,), "times": (int,), "status": (int,), "headers": (dict,),
    }  # fmt: skip
    optional = {"status", "message", "action", "group_id", "times"}
    for item in fields(fault):
        value: Any = getattr(fault, item.name)
        wanted = kinds.get(item.name, (str,))
        if value is None and item.name in optional:
            continue
        if isinstance(value, bool) or not isinstance(value, wanted):
            names = {int: "a whole number", float: "a number", dict: "an object", str: "a string"}
            return f"{item.name} must be {names[wanted[-1]]}"
    values: Any = fault.headers.values()
    return None if all(isinstance(value, str) for value in values) else "headers must be strings"


def _problem(fault: Fault) -> str | None:
    if fault.effect not in get_args(Effect):
        return f"unknown effect; known are {', '.join(get_args(Effect))}"
    for item in fields(fault):
        unset = item.default if item.default is not MISSING else {}
        idle = item.name not in (*_MATCHING, "effect", *_OPTIONS[fault.effect])
        if idle and getattr(fault, item.name) != unset:
            return f"{item.name} means nothing to {fault.effect}"
    checks = {
        "when": fault.when in (get_args(When) if fault.effect == "reset" else get_args(When)[:2]),
        "part": fault.part in ("head", "body"),
        "delay": 0 <= fault.delay <= LONGEST_DELAY
        and (fault.delay > 0 or fault.effect not in ("delay", "trickle")),
        "code": fault.effect != "error" or CODE.fullmatch(fault.code) is not None,
        "status": fault.status is None or fault.status in _statuses(fault.effect),
        "headers": all(
            _HEADER_NAME.fullmatch(name)
            and _HEADER_VALUE.fullmatch(value)
            and name.lower() not in _FRAMING
            for name, value in fault.headers.items()
        ),
        "location": _HEADER_VALUE.fullmatch(fault.location) is not None,
        "size": 0 < fault.size <= LARGEST_SIZE,
        "skip": fault.skip >= 0,
        "times": fault.times is None or fault.times > 0,
        "probability": 0 < fault.probability <= 1,
        "action": fault.action is None or fault.action in (*IMPLEMENTED, *LACKING),
        "group_id": fault.group_id is None
        or fault.action in (None, "CreateGroupId", "DeleteGroupId"),
    }
    for name, usable in checks.items():
        if not usable:
            return f"{name} is one with which the rule cannot act"
    return None


def _statuses(effect: Effect) -> range:
    return {"error": range(300, 600), "redirect": range(301, 309)}.get(effect, range(200, 600))
