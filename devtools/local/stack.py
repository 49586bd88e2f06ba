"""Everything that `serve` runs, wired: the stub, the functions, the application."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.local import server
from devtools.local.app import App
from devtools.local.history import History
from devtools.local.http_trigger import HttpTrigger
from devtools.local.instance import Deployed
from devtools.local.page import Page
from devtools.local.pool import Pool
from devtools.local.service import Service
from devtools.runtime import CODE
from devtools.runtime_context import Credentials
from onsmqtt_stub import Backend
from onsmqtt_stub.server import running as running_stub

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devtools.local.deployment import Deployment
    from devtools.local.destination import Destination

_SAMPLES = Path(__file__).parent.parent.parent / "events"
_HTTP_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")


@dataclass(frozen=True)
class Options:
    """What the command line chooses; `instances` and `patience` in seconds are each function's."""

    runtime: str
    python: str
    on_failure: Destination
    on_success: Destination | None = None
    port: int = 0
    signed: bool = False
    reload: bool = False
    instances: int | None = None
    patience: float = 10.0
    code: Path = CODE


@contextmanager
def running(
    deployments: Sequence[Deployment], options: Options, backend: Backend | None = None
) -> Iterator[str]:
    """Run a local Function Compute over a stub, and give its URL.

    The first deployment with an HTTP trigger gets what comes to `/`, the last one the page's
    events. Raises OSError where the port cannot be had.
    """
    backend = backend or Backend()
    with running_stub(backend) as stub:
        service = Service(
            [(_pool(deployment, options, stub), deployment.policy) for deployment in deployments],
            History(),
            on_failure=options.on_failure,
            on_success=options.on_success,
        )
        http = next((item for item in deployments if item.methods), deployments[0])
        trigger = HttpTrigger(http.function.name, http.methods or _HTTP_METHODS, options.signed)
        events = deployments[-1].function.name
        page = Page(service, backend, _SAMPLES, http=http.function.name, events=events)
        try:
            with server.running(App(service, trigger, page).answer, port=options.port) as url:
                yield url
        finally:
            service.close()


def _pool(deployment: Deployment, options: Options, stub: str) -> Pool:
    function = deployment.function
    environment = {**function.environment, "ONSMQTT_ENDPOINT": stub}
    deployed = Deployed(
        replace(function, environment=environment),
        options.runtime,
        options.python,
        options.code,
        Credentials(),
    )
    size = options.instances or deployment.instances
    return Pool(deployed, size, reload=options.reload, patience=options.patience)
