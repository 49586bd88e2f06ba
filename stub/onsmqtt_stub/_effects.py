"""The effects on time and on the connection, and the table of all effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onsmqtt_stub import _checks
from onsmqtt_stub._effect import Effect, pause
from onsmqtt_stub._exchange import Pause, Refuse, Reset
from onsmqtt_stub._response_effects import Empty, Error, NotJson, Oversized, Redirect, WrongType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange, Step
    from onsmqtt_stub._faults import Fault
    from onsmqtt_stub._response import ServerResponse


class Delay(Effect):
    """`delay` seconds pass before the commit, or between the commit and the response."""

    options = frozenset({"when", "delay"})
    moments = ("before", "after")
    needs_delay = True

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        if self.acts_before_commit(fault):
            yield Pause(fault.delay)
            yield exchange.perform(fault)
        else:
            response = exchange.perform(fault)
            yield Pause(fault.delay)
            yield response


class RefuseConnection(Effect):
    """The connection is refused, after `delay` seconds if there is one."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:  # noqa: ARG002 - an override
        yield Refuse(fault.delay)


class ResetConnection(Effect):
    """The connection breaks before the commit, after it, or in the middle of the response."""

    options = frozenset({"when", "delay"})
    moments = ("before", "after", "answer")

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        if fault.when == "before":
            yield from pause(fault)
            exchange.fail(fault, None)
        elif fault.when == "after":
            exchange.perform(fault, lambda _: None)
            yield from pause(fault)
        else:
            response = exchange.perform(fault)
            yield from pause(fault)
            yield _half(response)
        yield Reset()


class Truncated(Effect):
    """Half of the body is sent, with the Content-Length of the whole body."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        response = exchange.perform(fault)
        yield from pause(fault)
        yield _half(response)


class Trickle(Effect):
    """`delay` seconds pass before each byte of the head or of the body."""

    options = frozenset({"delay", "part"})
    needs_delay = True

    def check(self, fault: Fault) -> None:
        super().check(fault)
        _checks.choice("part", fault.part, ("head", "body"), fault.effect)

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        response = exchange.perform(fault)
        slow, rest = response.head(), response.body
        if fault.part == "body":
            yield slow
            slow, rest = rest, b""
        for byte in slow:
            yield Pause(fault.delay)
            yield bytes([byte])
        if rest:
            yield rest


def _half(response: ServerResponse) -> bytes:
    return response.head() + response.body[: len(response.body) // 2]


EFFECTS: dict[str, Effect] = {
    "error": Error(),
    "delay": Delay(),
    "refuse": RefuseConnection(),
    "reset": ResetConnection(),
    "redirect": Redirect(),
    "truncated": Truncated(),
    "oversized": Oversized(),
    "not_json": NotJson(),
    "wrong_type": WrongType(),
    "empty": Empty(),
    "trickle": Trickle(),
}
