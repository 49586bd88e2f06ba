"""A claim about the cloud, and the comparison of what it expects with what is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

_Probe = TypeVar("_Probe")

CONFIRMED, OTHERWISE, NOT_CHECKED = "confirmed", "otherwise", "not checked"


class NotCheckedError(Exception):
    """A check could not be made; the text is the reason."""


@dataclass(frozen=True)
class Claim(Generic[_Probe]):
    """What we assume, in a sentence, and what `observe` returns if that is right.

    `observe` returns statuses and codes, never a value of a request or a response.
    """

    name: str
    text: str
    expected: str
    observe: Callable[[_Probe], str]


@dataclass(frozen=True)
class ClaimResult:
    """The verdict on a claim, and what was seen, or why it was not checked."""

    name: str
    text: str
    expected: str
    verdict: str
    seen: str


def check(claim: Claim[_Probe], probe: _Probe | None, needs: str) -> ClaimResult:
    """Check a claim; without a probe it is not checked, because of what that `needs`."""
    verdict = NOT_CHECKED
    if probe is None:
        seen = f"needs {needs}"
    else:
        try:
            seen = claim.observe(probe)
            verdict = CONFIRMED if seen == claim.expected else OTHERWISE
        except NotCheckedError as reason:
            seen = str(reason)
        except CommandError as error:
            seen = error.message
    return ClaimResult(claim.name, claim.text, claim.expected, verdict, seen)
