"""The base class of the effects of faults: the options of a rule, their check, and the steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from onsmqtt_stub import _checks
from onsmqtt_stub._checks import Invalid
from onsmqtt_stub._exchange import Pause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange, Step
    from onsmqtt_stub._faults import Fault

MAX_DELAY = 86_400.0


class Effect(ABC):
    """An effect: the options that its rules may have, and when it can happen."""

    options: ClassVar[frozenset[str]] = frozenset({"delay"})
    moments: ClassVar[tuple[str, ...]] = ("answer",)
    statuses: ClassVar[range] = range(200, 600)
    needs_delay: ClassVar[bool] = False

    def check(self, fault: Fault) -> None:
        """Raise `Invalid` for a rule that cannot act as it is written."""
        if "when" in self.options:
            _checks.choice("when", fault.when, self.moments, fault.effect)
        if fault.status is not None:
            _checks.whole_number("status", fault.status, self.statuses, fault.effect)
        if self.needs_delay and fault.delay == 0:
            raise Invalid("delay", f"must be above 0 seconds, and at most {MAX_DELAY:,.0f}")

    def acts_before_commit(self, fault: Fault) -> bool:
        """Return whether it happens before the commit."""
        return "when" in self.options and fault.when == "before"

    @abstractmethod
    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        """Yield the steps of a call that has this fault."""


def pause(fault: Fault) -> Iterator[Step]:
    if fault.delay:
        yield Pause(fault.delay)
