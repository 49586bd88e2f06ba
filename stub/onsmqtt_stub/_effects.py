"""What a fault does to a call: for each effect its options, its check and its steps."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from onsmqtt_stub._answers import JSON, Answer
from onsmqtt_stub._checks import Invalid, choice, code, header_value, whole_number
from onsmqtt_stub._errors import ApiError
from onsmqtt_stub._steps import Pause, Refuse, Reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub._exchange import Exchange
    from onsmqtt_stub._faults import Fault
    from onsmqtt_stub._steps import Step

LARGEST_SIZE = 2**30
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>\n"


class Effect(ABC):
    """An effect: the options of a rule that it takes, and when it can happen."""

    options: ClassVar[frozenset[str]] = frozenset({"delay"})
    times: ClassVar[tuple[str, ...]] = ("answer",)
    statuses: ClassVar[range] = range(200, 600)
    needs_delay: ClassVar[bool] = False

    def check(self, fault: Fault) -> None:
        """Refuse a rule that could not act as written, with `Invalid`."""
        if "when" in self.options:
            choice("when", fault.when, self.times, f'"{fault.effect}" takes')
        if fault.status is not None:
            taken = f'"{fault.effect}" takes {self.statuses[0]} to {self.statuses[-1]}'
            whole_number("status", fault.status, self.statuses, taken)
        if self.needs_delay and fault.delay == 0:
            raise Invalid("delay", "must be above 0")

    def acts_before(self, fault: Fault) -> bool:
        """Whether it happens before the commit."""
        return "when" in self.options and fault.when == "before"

    @abstractmethod
    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        """Do it to a call."""


def _pause(fault: Fault) -> Iterator[Step]:
    if fault.delay:
        yield Pause(fault.delay)


class _Replacement(Effect):
    """Another answer in the place of the service's."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        answer = self.answer(fault, exchange).with_headers(fault.headers)
        if self.acts_before(fault):
            yield from _pause(fault)
            exchange.fail(fault, answer)
        else:
            exchange.perform(fault, lambda _: answer)
            yield from _pause(fault)
        yield answer

    @abstractmethod
    def answer(self, fault: Fault, exchange: Exchange) -> Answer:
        """Make the answer."""


class Error(_Replacement):
    """The answer `code` with `status`, `message` and `headers`."""

    options = frozenset({"when", "code", "status", "message", "headers", "delay"})
    times = ("before", "after")
    statuses = range(300, 600)

    def check(self, fault: Fault) -> None:
        super().check(fault)
        code("code", fault.code)

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:
        failure = ApiError(fault.code, "fault", status=fault.status, message=fault.message)
        return exchange.error(failure)


class Redirect(_Replacement):
    """A redirect to `location`."""

    options = frozenset({"when", "status", "location", "headers", "delay"})
    times = ("before", "after")
    statuses = range(301, 309)

    def check(self, fault: Fault) -> None:
        super().check(fault)
        header_value("location", fault.location)

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:  # noqa: ARG002 - one signature
        return Answer(fault.status or 302, b"", {"Location": fault.location})


class NotJson(_Replacement):
    """HTML, as a proxy between would send it."""

    options = frozenset({"status", "headers", "delay"})

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:  # noqa: ARG002 - one signature
        return Answer(fault.status or 200, _HTML, {"Content-Type": "text/html"})


class WrongType(_Replacement):
    """JSON that is no object."""

    options = frozenset({"status", "headers", "delay"})

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:
        body = json.dumps([exchange.request_id]).encode()
        return Answer(fault.status or 200, body, _typed(exchange))


class Empty(_Replacement):
    """No body."""

    options = frozenset({"status", "headers", "delay"})

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:
        return Answer(fault.status or 200, b"", _typed(exchange))


class Oversized(_Replacement):
    """A valid answer of `size` bytes."""

    options = frozenset({"size", "delay"})

    def check(self, fault: Fault) -> None:
        super().check(fault)
        taken = f'"oversized" takes 1 to {LARGEST_SIZE}'
        whole_number("size", fault.size, range(1, LARGEST_SIZE + 1), taken)

    def answer(self, fault: Fault, exchange: Exchange) -> Answer:
        start = json.dumps({"RequestId": exchange.request_id, "Padding": ""})[:-2].encode()
        return Answer(200, start.ljust(fault.size - 2, b"x") + b'"}', _typed(exchange))


class Delay(Effect):
    """`delay` seconds without an answer; only the answer is late when they come after."""

    options = frozenset({"when", "delay"})
    times = ("before", "after")
    needs_delay = True

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        if self.acts_before(fault):
            yield Pause(fault.delay)
            yield exchange.perform(fault)
        else:
            answer = exchange.perform(fault)
            yield Pause(fault.delay)
            yield answer


class RefuseConnection(Effect):
    """No connection, or with a delay one that takes so long to be refused."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:  # noqa: ARG002 - one signature
        yield Refuse(fault.delay)


class ResetConnection(Effect):
    """The connection breaks: before the commit, after it, or in the middle of the answer."""

    options = frozenset({"when", "delay"})
    times = ("before", "after", "answer")

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        if fault.when == "before":
            yield from _pause(fault)
            exchange.fail(fault, None)
        elif fault.when == "after":
            exchange.perform(fault, lambda _: None)
            yield from _pause(fault)
        else:
            answer = exchange.perform(fault)
            yield from _pause(fault)
            yield _half(answer)
        yield Reset()


class Truncated(Effect):
    """Half the body under the whole one's Content-Length."""

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        answer = exchange.perform(fault)
        yield from _pause(fault)
        yield _half(answer)


class Trickle(Effect):
    """`delay` seconds before each byte of the head or of the body."""

    options = frozenset({"delay", "part"})
    needs_delay = True

    def check(self, fault: Fault) -> None:
        super().check(fault)
        choice("part", fault.part, ("head", "body"), '"trickle" takes')

    def steps(self, fault: Fault, exchange: Exchange) -> Iterator[Step]:
        answer = exchange.perform(fault)
        slow, rest = answer.head(), answer.body
        if fault.part == "body":
            yield slow
            slow, rest = rest, b""
        for byte in slow:
            yield Pause(fault.delay)
            yield bytes([byte])
        if rest:
            yield rest


def _typed(exchange: Exchange) -> dict[str, str]:
    return {"x-acs-request-id": exchange.request_id, "Content-Type": JSON}


def _half(answer: Answer) -> bytes:
    return answer.head() + answer.body[: len(answer.body) // 2]


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
