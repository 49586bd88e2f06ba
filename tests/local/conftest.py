"""The functions of template.yml, served once for all tests that call them by HTTP."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.template import deployment
from onsmqtt_stub import Backend
from tests.local.stacks import Local, local

if TYPE_CHECKING:
    from collections.abc import Iterator

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
