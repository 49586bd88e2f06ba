"""The pytest plugin: the fixture `onsmqtt`. Its entry point lets pytest find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onsmqtt_stub import mock_onsmqtt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub import Backend


@pytest.fixture
def onsmqtt() -> Iterator[Backend]:
    """Mock OnsMqtt for one test, and yield the new backend."""
    with mock_onsmqtt() as backend:
        yield backend
