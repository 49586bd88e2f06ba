"""The fault rules of a backend, and which of them acts on a call."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onsmqtt_stub._faults import Fault


class FaultRules:
    """The rules in order. Of the rules that match a call, the first one that is due acts."""

    def __init__(self, rules: Sequence[Fault] = ()) -> None:
        self.rules = tuple(rules)
        for index, rule in enumerate(self.rules):
            for earlier, other in enumerate(self.rules[:index]):
                if _always_acts(other) and _matches_all_of(other, rule):
                    raise ValueError(
                        f"faults[{index}]: can never act, because faults[{earlier}] takes all of "
                        "its calls; set times, skip or probability there"
                    )
        self._seen = [0] * len(self.rules)
        self.acted = [0] * len(self.rules)
        self._dice = [random.Random(rule.seed) for rule in self.rules]  # noqa: S311 - a seed makes it repeatable

    def pick(self, action: str, group_id: str) -> Fault | None:
        """Count the call for every rule that matches it, and return the one that acts, if any."""
        chosen = None
        for index, rule in enumerate(self.rules):
            if not _matches(rule, action, group_id):
                continue
            self._seen[index] += 1
            if (
                chosen is None
                and self._seen[index] > rule.skip
                and (rule.times is None or self.acted[index] < rule.times)
                and (rule.probability == 1 or self._dice[index].random() < rule.probability)
            ):
                self.acted[index] += 1
                chosen = rule
        return chosen


def _matches(rule: Fault, action: str, group_id: str) -> bool:
    return rule.action in (None, action) and (
        rule.group_id is None or (group_id != "" and fnmatchcase(group_id, rule.group_id))
    )


def _always_acts(rule: Fault) -> bool:
    return rule.skip == 0 and rule.times is None and rule.probability == 1


def _matches_all_of(rule: Fault, other: Fault) -> bool:
    return rule.action in (None, other.action) and rule.group_id in (None, other.group_id)
