"""The function in virtual time, over the stub."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from create_group_id.client import Client
from create_group_id.errors import ProvisioningFailed
from create_group_id.handler import Handler
from create_group_id.provisioning import Provisioner
from onsmqtt_stub import INSTANCE_ID, REGION_ID, Backend, Settings, mock_onsmqtt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

EPOCH = 1_795_478_400.0  # 2026-11-24T00:00:00Z, the date of the documented vectors
SECRETS = ("testsecret", "testtoken")


class Clock:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.oversleep = 0.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return EPOCH + self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds + self.oversleep


class RecordingClient(Client):
    """A client that records when each attempt starts, even if it never reaches the service."""

    def __init__(self, *, clock: Callable[[], float], **kwargs: Any) -> None:
        super().__init__(clock=clock, **kwargs)
        self.starts: list[float] = []

    def create_group_id(self, *args: Any) -> str:
        self.starts.append(self._clock())
        return super().create_group_id(*args)


class World:
    """A function, its clock, its environment and its backend."""

    def __init__(
        self,
        environ: dict[str, str] | None = None,
        *,
        jitter: float = 0.5,
        settings: Settings | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock = Clock()
        self.environ = {"ONSMQTT_INSTANCE_ID": INSTANCE_ID} if environ is None else environ
        self.backend = Backend(clock=self.clock.wall, sleep=self.clock.sleep, settings=settings)
        self.jitter = jitter
        self._nonces = 0
        client = RecordingClient(
            clock=self.clock, wall_clock=self.clock.wall, nonce=self._nonce, context=tls
        )
        self.starts = client.starts
        provisioner = Provisioner(
            client, clock=self.clock, sleep=self.clock.sleep, jitter=lambda: self.jitter
        )
        self.handler = Handler(provisioner, environ=self.environ, clock=self.clock)
        self._mock = mock_onsmqtt(self.backend)

    def __enter__(self) -> Self:
        self._mock.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._mock.__exit__(kind, error, traceback)

    def _nonce(self) -> str:
        self._nonces += 1
        return f"{self._nonces:032x}"

    def handle(self, event: bytes | object, context: Any = None) -> Any:
        """Invoke the function on bytes, or on the JSON of any other value."""
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.handler.handle(data, context or a_context())

    def post(self, body: object, **changes: Any) -> dict[str, Any]:
        """POST a body over HTTP; return the envelope."""
        envelope: dict[str, Any] = json.loads(self.handle(an_http_event(body, **changes))["body"])
        return envelope

    def failed(self, event: bytes | object, context: Any = None) -> dict[str, Any]:
        """Invoke on an event that must fail; return the envelope that the exception carries."""
        try:
            response = self.handle(event, context)
        except ProvisioningFailed as failure:
            envelope: dict[str, Any] = json.loads(str(failure))
            return envelope
        raise AssertionError(f"did not fail, but returned {response}")

    def error(self, event: bytes | object) -> dict[str, Any]:
        """Invoke on one event that must fail; return the `Error` of its envelope."""
        error: dict[str, Any] = self.failed(event)["Error"]
        return error

    @property
    def calls(self) -> int:
        """The number of calls that reached the service."""
        return len(self.backend.journal)


def a_context(*, timeout: object = 60, region: str | None = REGION_ID, **changes: Any) -> Any:
    """Return a context as python3.10 passes it."""
    credentials = SimpleNamespace(
        access_key_id="STS.testid", access_key_secret="testsecret", security_token="testtoken"
    )
    fields = {
        "request_id": "1-67aee50c-15197d0b-d07710222f9d",
        "region": region,
        "credentials": credentials,
        "function": SimpleNamespace(timeout=timeout, name="create-group-id", memory=512),
    }
    return SimpleNamespace(**fields | changes)


def an_http_event(
    body: object = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    encoded: bool = False,
    **changes: Any,
) -> dict[str, Any]:
    """Return an event of FC 3.0's HTTP trigger; a body that is not text becomes JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    event = {
        "version": "v1",
        "rawPath": "/",
        "headers": {"Content-Type": "application/json"} if headers is None else headers,
        "queryParameters": {},
        "body": base64.b64encode(text.encode()).decode() if encoded else text,
        "isBase64Encoded": encoded,
        "requestContext": {
            "accountId": "1000000000000001",
            "domainName": "example.cn-hangzhou.fcapp.run",
            "domainPrefix": "example",
            "requestId": "1-67aee50c-15197d0b-d07710222f9d",
            "time": "2026-11-24T00:00:00Z",
            "timeEpoch": "1795478400000",
            "http": {
                "method": method,
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.7.1",
            },
        },
    }
    return event | changes


def a_cloud_event(
    data: object, event_type: str = "tenant.signup", **changes: Any
) -> dict[str, Any]:
    """Return a CloudEvent as EventBridge delivers it."""
    event = {
        "specversion": "1.0",
        "id": "70c0414c-b260-4923-b584-1d6e5646",
        "source": "saas.signup",
        "type": event_type,
        "time": "2026-11-24T08:00:00.000+08:00",
        "datacontenttype": "application/json;charset=utf-8",
        "aliyuneventbusname": "saas",
        "data": data,
    }
    return event | changes
