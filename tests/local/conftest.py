"""The functions of template.yml, served once for all tests, and a queue for each test."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.local import authentication, http_server
from create_group_id_tools.local.accepted import AcceptedFolder
from create_group_id_tools.local.fc_errors import FcError
from create_group_id_tools.local.message_api import MessageApi, refusal
from create_group_id_tools.local.message_queue import MessageQueue
from create_group_id_tools.template import deployment
from onsmqtt_stub import Backend
from tests.local.stacks import Local, local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id_tools.events.http_event import HttpRequest, HttpResponse

TEMPLATE = Path(__file__).parents[2] / "template.yml"


@pytest.fixture(scope="session")
def signed_backend() -> Backend:
    return Backend()


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory, signed_backend: Backend) -> Iterator[Local]:
    deployments = deployment.read(TEMPLATE.read_text(), {}, {"ONSMQTT_MAX_QPS": "10000"})
    folder = tmp_path_factory.mktemp("sdks")
    with local(folder, deployments, signed_backend, instances=1, signed=True) as running:
        yield running


@pytest.fixture
def group_id() -> str:
    return f"GID_{uuid.uuid4().hex}"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[AcceptedFolder]:
    folder = AcceptedFolder(tmp_path / "messages")
    yield folder
    folder.close()


@pytest.fixture
def queue(disk: AcceptedFolder) -> MessageQueue:
    return MessageQueue("signups", disk)


@pytest.fixture
def queue_url(queue: MessageQueue) -> Iterator[str]:
    """Serve the API of the queue; yield its address."""
    api = MessageApi({"signups": queue}, authentication.STUB_KEYS)

    def respond(request: HttpRequest) -> HttpResponse:
        try:
            return api.respond(request, "1-a", time.time())
        except FcError as error:
            return refusal(error, "1-a")

    with http_server.running(respond) as running:
        yield running
