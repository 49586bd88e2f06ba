"""What every effect of a fault is: its options, its check and its steps in one class."""

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


class Effect(ABC):
    """An effect: the options of a rule that it takes, and when it can happen."""

    options: ClassVar[frozenset[str]] = frozenset({"delay"})
    times: ClassVar[tuple[str, ...]] = ("answer",)
    statuses: ClassVar[range] = range(200, 600)
    needs_delay: ClassVar[bool] = False

    def check(self, fault: Fault) -> None:
        """Refuse a rule that could not act as written, with `Invalid`."""
        if "when" in self.options:
            _checks.choice("when", fault.when, self.times, f'"{fault.effect}" takes')
        if fault.status is not None:
            requirement = f'"{fault.effect}" takes {self.statuses[0]} to {self.statuses[-1]}'
            _checks.whole_number("status", fault.status, self.statuses, requirement)
        if self.needs_delay and fault.delay == 0:
            raise Invalid("delay", "must be above 0")

    def acts_before_commit(self, fault: Fault) -> bool:
        """Whether it happens before the commit."""
        return "when" in self.options and fault.when == "before"

    @abstractmethod
    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        """Do it to a call."""


def pause(fault: Fault) -> Iterator[Step]:
    if fault.delay:
        yield Pause(fault.delay)
