"""The local Function Compute without processes: its HTTP server is real, its functions record."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from create_group_id_tools.local import event_bus, http_server, message_api
from create_group_id_tools.local.app import App
from create_group_id_tools.local.event_bus import EventBus
from create_group_id_tools.local.function_compute import FunctionCompute
from create_group_id_tools.local.history import History
from create_group_id_tools.local.http_trigger import HttpTrigger
from create_group_id_tools.local.instance import Outcome
from create_group_id_tools.local.message_api import MessageApi
from create_group_id_tools.local.page import Page
from create_group_id_tools.project import SAMPLES
from create_group_id_tools.runtime.result import Result
from onsmqtt_stub import AccessKey, Backend, loopback
from tests.fuzzing import in_memory
from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = AccessKey("fuzzed", "s3cr3t-of-the-key")
HTTP, EVENTS, BUS, QUEUE = "create-group-id", "create-group-id-events", "tenants", "signups"
_METHODS = ("GET", "POST", "HEAD")
_ANSWER = b'{"statusCode": 200, "headers": {"A": "b"}, "isBase64Encoded": false, "body": "{}"}'


class Invocation(NamedTuple):
    """One event that reached a function."""

    function: str
    event: bytes
    trigger: str


class _Functions(FunctionCompute):
    """Replaces Function Compute, and records each invocation."""

    def __init__(self) -> None:
        self.history = History()
        self.invocations: list[Invocation] = []
        self._pools = dict.fromkeys((HTTP, EVENTS))  # type: ignore[assignment]  # only the names

    def call(
        self, name: str, event: bytes, request_id: str, trigger: str, qualifier: str = "LATEST"
    ) -> Outcome:
        self._admit(name, event, 32 << 20)
        self.invocations.append(Invocation(name, event, trigger))
        self.history.open(request_id, name, trigger, event)
        return Outcome(Result(_ANSWER), log=qualifier)

    def enqueue(
        self, name: str, event: bytes, request_id: str, trigger: str, qualifier: str = "LATEST"
    ) -> None:
        self._admit(name, event, 128 << 10)
        self.invocations.append(Invocation(name, event, trigger))
        self.history.open(request_id, name, trigger + qualifier[:0], event)


class LocalStack:
    """One server, whose HTTP trigger requires a signature if `is_signed`."""

    def __init__(self, *, is_signed: bool) -> None:
        self.fc, self.backend = _Functions(), Backend(clock=TIME.wall, sleep=TIME.sleep)
        self.messages: list[bytes] = []
        self.notes: list[str] = []
        keys = {KEY.access_key_id: KEY}
        queue: Any = SimpleNamespace(put=lambda _id, body, _delay: self.messages.append(body))
        rule: Any = SimpleNamespace(bus=BUS, matches=lambda _event: True)
        page = Page(
            self.fc, self.backend, SAMPLES, None, http=HTTP, events=EVENTS, reset=self.clear
        )
        app = App(
            self.fc,
            keys,
            HttpTrigger(HTTP, _METHODS, keys if is_signed else None),
            EventBus([(rule, EVENTS)], self.fc, keys),
            MessageApi({QUEUE: queue}, keys),
            page,
        )
        self._respond, self._refuse = _callbacks(app.respond)

    def clear(self) -> None:
        """Forget all invocations, messages and notes."""
        self.fc.invocations, self.fc.history = [], History()
        self.messages, self.notes = [], []

    def converse(self, raw: bytes) -> bytes:
        """Return the bytes that a client gets for these."""
        for module in (http_server, event_bus, message_api):
            vars(module)["note"] = self.notes.append
        return in_memory.converse(raw, self._respond, self._refuse, max_body=http_server.MAX_BODY)[
            0
        ]


def _callbacks(application: Callable[..., Any]) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the functions by which the server responds to a request and refuses one."""
    taken: list[Any] = []

    @contextmanager
    def serving(respond: object, refuse: object, **_options: object) -> Iterator[str]:
        taken[:] = [respond, refuse]
        yield ""

    real = loopback.serving
    vars(loopback)["serving"] = serving
    try:
        with http_server.running(application):
            return taken[0], taken[1]
    finally:
        vars(loopback)["serving"] = real
