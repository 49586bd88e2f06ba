"""Callers of a local Function Compute: every way to invoke it, valid and invalid payloads."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from create_group_id_tools.remote.fc2 import Fc2Client
from create_group_id_tools.remote.fc3 import Fc3Client
from create_group_id_tools.remote.wire import InvokeError
from create_group_id_tools.runtime.context import AccessCredentials
from tests.local.sender import document, message, send

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from create_group_id_tools.remote.invoke_response import InvokeResponse

WAITING, EVENTS, BULK = "create-group-id", "create-group-id-events", "create-group-id-bulk"
_QUEUE = "create-group-id-signups"
_BAD_BODIES = (
    b'{"GroupId": "wrong"}', b'{"GroupId": "GID_abc", "InstanceId": ""}', b"no JSON", b"\xff\xfe",
    b"[]", b"{}", b'{"GroupId": "GID_abc", "GroupId": "GID_abc"}', b'{"tenantId": "a\\u0000b"}',
)  # fmt: skip
_SHARED_TENANTS = 20


@dataclass
class Case:
    """One request: the groups that it may create, and the response to it.

    `own` says that no other request names these groups. `results` are the envelopes in the
    response: of a batch that failed only the failures, of an accepted event none.
    """

    kind: str
    groups: tuple[str, ...] = ()
    own: bool = True
    status: int = 0
    request_id: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    problem: str = ""


class Caller:
    """One caller. Its own tenants have names that begin with `name`, shared ones with `lap`."""

    def __init__(self, url: str, lap: str, name: str) -> None:
        self.cases: list[Case] = []
        self._url, self._lap, self._name = url, lap, name
        self._session = requests.Session()
        self._session.trust_env = False
        credentials = AccessCredentials()
        self._fc3, self._fc2 = Fc3Client(url, credentials), Fc2Client(url, credentials)
        self._dice = random.Random(name)
        self._kinds: list[Callable[[], Case]] = [
            self._request, self._signup, self._shared_signup, self._bad_body, self._async_signup,
            self._api_request, self._api_event, self._batch, self._bad_batch, self._messages,
        ]  # fmt: skip

    def run(self, stop: threading.Event, interval: float) -> None:
        """Send a request of each kind in turn, one every `interval` seconds.

        After `stop` it ends with the round, so that it sends each kind at least once.
        """
        due = time.monotonic()
        with self._session:
            while not (stop.wait(max(0.0, due - time.monotonic())) and self._is_round_complete):
                due = max(due, time.monotonic() - interval) + interval
                if self._is_round_complete:
                    self._dice.shuffle(self._kinds)
                self.cases.append(self._kinds[len(self.cases) % len(self._kinds)]())

    @property
    def _is_round_complete(self) -> bool:
        return len(self.cases) % len(self._kinds) == 0

    def _request(self) -> Case:
        group = self._groups(1)
        return self._trigger("request", group, json.dumps({"GroupId": group[0]}).encode())

    def _signup(self) -> Case:
        return self._trigger("signup", self._groups(1))

    def _shared_signup(self) -> Case:
        number = self._dice.randrange(_SHARED_TENANTS)
        return self._trigger("shared signup", (f"GID_{self._lap}shared{number}",), own=False)

    def _bad_body(self) -> Case:
        return self._trigger("bad body", (), self._dice.choice(_BAD_BODIES))

    def _async_signup(self) -> Case:
        return self._trigger("async signup", self._groups(1), asynchronous=True)

    def _api_request(self) -> Case:
        return self._invoke("direct", WAITING, self._groups(1), asynchronous=False)

    def _api_event(self) -> Case:
        return self._invoke("event", EVENTS, self._groups(1), asynchronous=True)

    def _batch(self) -> Case:
        return self._invoke("batch", EVENTS, self._groups(5), asynchronous=self._coin())

    def _bad_batch(self) -> Case:
        bad = {"specversion": "1.0", "type": "tenant.signup", "data": {"tenantId": ""}}
        return self._invoke("bad batch", EVENTS, self._groups(2), bad, asynchronous=self._coin())

    def _messages(self) -> Case:
        case = Case("messages", self._groups(2))
        bodies = [message(json.dumps(_signup(group))) for group in case.groups]
        response = send(self._url, _QUEUE, document(*bodies))
        case.status = response.status_code
        case.message_ids = re.findall(r"<MessageId>(\w+)</MessageId>", response.text)
        return case

    def _trigger(
        self,
        kind: str,
        groups: tuple[str, ...],
        body: bytes = b"",
        *,
        own: bool = True,
        asynchronous: bool = False,
    ) -> Case:
        case = Case(kind, groups, own)
        headers = {"Content-Type": "application/json"}
        if asynchronous:
            headers["X-Fc-Invocation-Type"] = "Async"
        body = body or json.dumps(_signup(*groups)).encode()
        try:
            response = self._session.post(self._url, body, headers=headers, timeout=60)
        except requests.RequestException as error:
            case.problem = f"no response: {type(error).__name__}"
            return case
        case.status = response.status_code
        case.request_id = response.headers["X-Fc-Request-Id"]
        if not asynchronous:
            case.results = _results(response.content)
        return case

    def _invoke(
        self,
        kind: str,
        function: str,
        groups: tuple[str, ...],
        *more: object,
        asynchronous: bool,
    ) -> Case:
        """Invoke a function by an API: with a request, or with events and `more` of them."""
        version = "3.0" if self._coin() else "2.0"
        case = Case(f"{kind} {version} {'async' if asynchronous else 'sync'}", groups)
        events = [
            {"specversion": "1.0", "id": group, "type": "tenant.signup", "data": _signup(group)}
            for group in groups
        ]
        value: object = [*events, *more] if kind.endswith("batch") else events[0]
        payload = json.dumps(value if function == EVENTS else {"GroupId": groups[0]}).encode()
        try:
            response: InvokeResponse
            if version == "3.0":
                response = self._fc3.invoke(function, payload, asynchronous=asynchronous)
            else:
                response = self._fc2.invoke("any", function, payload, asynchronous=asynchronous)
        except InvokeError as error:
            case.status, case.problem = error.status, "" if error.status else error.message
            return case
        case.status, case.request_id = response.status, response.request_id
        if not asynchronous:
            case.results = _results(response.body, failed=bool(response.error_type))
        return case

    def _groups(self, count: int) -> tuple[str, ...]:
        return tuple(f"GID_{self._name}n{len(self.cases)}p{part}" for part in range(count))

    def _coin(self) -> bool:
        return self._dice.random() < 0.5


def _signup(group: str) -> dict[str, str]:
    return {"tenantId": group.removeprefix("GID_")}


def _results(body: bytes, *, failed: bool = False) -> list[dict[str, Any]]:
    """Return the envelopes in a response; of one that has none its text, which is a problem."""
    try:
        value = json.loads(body)
        envelope = json.loads(value["errorMessage"]) if failed else value
        results: list[dict[str, Any]] = envelope.get("Results", [envelope])
    except (ValueError, KeyError, TypeError, AttributeError):
        return [{"Problem": body[:200].decode(errors="replace")}]
    return results
