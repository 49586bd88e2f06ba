"""The pytest plugin: the fixture `onsmqtt`. Its entry point lets pytest find it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub import Backend


def pytest_collection_finish() -> None:
    """Import the mock: after what gevent patches in a conftest.py, but before any other mock."""
    import_module("onsmqtt_stub._mock")


@pytest.fixture
def onsmqtt() -> Iterator[Backend]:
    """Mock OnsMqtt for one test, and yield the new backend."""
    from onsmqtt_stub import mock_onsmqtt  # noqa: PLC0415 - see __init__.py

    with mock_onsmqtt() as backend:
        yield backend
