"""Wire everything that `serve` runs: the stub, the functions, the bus, the application."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from create_group_id_tools.local import authentication, http_server
from create_group_id_tools.local.accepted import AcceptedFolder
from create_group_id_tools.local.app import App
from create_group_id_tools.local.event_bus import EventBus
from create_group_id_tools.local.function_compute import FunctionCompute
from create_group_id_tools.local.history import History
from create_group_id_tools.local.http_trigger import HttpTrigger
from create_group_id_tools.local.instance import InstanceSpec
from create_group_id_tools.local.message_api import MessageApi
from create_group_id_tools.local.page import Page
from create_group_id_tools.local.pool import Pool
from create_group_id_tools.local.streams import Streams
from create_group_id_tools.project import SAMPLES, SOURCES
from create_group_id_tools.runtime.context import AccessCredentials
from create_group_id_tools.template.deployment import for_events
from onsmqtt_stub import AccessKey, Backend
from onsmqtt_stub.server import running as running_stub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from create_group_id_tools.failures.destination import Destination
    from create_group_id_tools.template.deployment import Deployment

_HTTP_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")


class UnwrittenRecords(Exception):
    """The `records` of asynchronous invocations could not be written to any file."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        super().__init__(f"records that cannot be written: {len(records)}")
        self.records = records


def _discard(_text: str) -> None:
    """Discard a log."""


@dataclass(frozen=True)
class Options:
    """The options of `serve`; `instances` and `wait_seconds`, in seconds, apply to each function.

    With `credentials` the functions call the endpoint of their environment, and callers sign with
    the same credentials. Without, the functions call the stub, and callers sign with its keys.
    """

    runtime: str
    python: str
    on_failure: Destination
    on_success: Destination | None = None
    port: int = 0
    signed: bool = False
    reload: bool = False
    instances: int | None = None
    wait_seconds: float = 10.0
    code: Path = SOURCES
    credentials: AccessCredentials | None = None
    log: Callable[[str], None] = _discard


@dataclass(frozen=True)
class LocalServer:
    """A running local Function Compute. `reset` drops its history and what is queued."""

    url: str
    reset: Callable[[], None]


@contextmanager
def running(
    deployments: Sequence[Deployment], options: Options, backend: Backend | None = None
) -> Iterator[LocalServer]:
    """Run a local Function Compute.

    Requests to `/` go to the first deployment with an HTTP trigger, and the page's events to the
    deployment for events. Raise OSError if the port is taken, `AcceptedError`, and at the end
    `UnwrittenRecords`.
    """
    backend = None if options.credentials else backend or Backend()
    running_endpoint: AbstractContextManager[str | None]
    running_endpoint = nullcontext() if backend is None else running_stub(backend)
    with (
        closing(AcceptedFolder(options.on_failure.path)) as accepted,
        running_endpoint as endpoint,
        _function_compute(deployments, options, endpoint, accepted) as fc,
    ):
        http = next((item for item in deployments if item.methods), deployments[0])
        keys = (
            authentication.STUB_KEYS
            if options.credentials is None
            else _own_key(options.credentials)
        )
        # With the real service calls are billed, so every API demands a signature.
        page_keys = None if options.credentials is None else keys
        trigger_keys = keys if options.signed else page_keys
        trigger = HttpTrigger(http.function.name, http.methods or _HTTP_METHODS, trigger_keys)
        rules = [(rule, item.function.name) for item in deployments for rule in item.rules]
        events = for_events(deployments).function.name
        streams = Streams(_bounded(deployments, options), fc, options.on_failure.path)
        messages = MessageApi(streams.queues, keys)

        def reset() -> None:
            streams.reset()
            fc.reset()

        page = Page(
            fc, backend, SAMPLES, page_keys,
            http=http.function.name, events=events, reset=reset,
        )  # fmt: skip
        try:
            app = App(fc, keys, trigger, EventBus(rules, fc, keys), messages, page)
            # Before this server accepts any of its own.
            left = accepted.left()
            with http_server.running(app.respond, port=options.port) as url:
                # Only now, when the server has its port, so that no event runs if it cannot start.
                fc.take_up(left)
                streams.start()
                yield LocalServer(url, reset)
        finally:
            streams.stop()


@contextmanager
def _function_compute(
    deployments: Sequence[Deployment],
    options: Options,
    endpoint: str | None,
    accepted: AcceptedFolder,
) -> Iterator[FunctionCompute]:
    fc = FunctionCompute(
        [(_pool(item, options, endpoint), item.policy) for item in deployments],
        History(),
        on_failure=options.on_failure,
        on_success=options.on_success,
        accepted=accepted,
        log=options.log,
    )
    try:
        yield fc
    finally:
        if unwritten := fc.close():
            raise UnwrittenRecords(unwritten)


def _own_key(credentials: AccessCredentials) -> authentication.Keys:
    key = AccessKey(
        credentials.access_key_id, credentials.access_key_secret, credentials.security_token or None
    )
    return {key.access_key_id: key}


def _bounded(deployments: Iterable[Deployment], options: Options) -> Iterator[Deployment]:
    """Limit the batches in flight of each stream to the number of instances."""
    for item in deployments:
        most = options.instances or item.instances
        streams = [replace(stream, tasks=min(stream.tasks, most)) for stream in item.streams]
        yield replace(item, streams=tuple(streams))


def _pool(deployment: Deployment, options: Options, endpoint: str | None) -> Pool:
    function = deployment.function
    stub = {"ONSMQTT_ENDPOINT": endpoint} if endpoint else {}
    spec = InstanceSpec(
        replace(function, environment={**function.environment, **stub}),
        options.runtime,
        options.python,
        options.code,
        options.credentials or AccessCredentials(),
    )
    size = options.instances or deployment.instances
    return Pool(spec, size, reload=options.reload, wait_seconds=options.wait_seconds)
