"""The pytest plugin: the fixture `onsmqtt`. An entry point makes it known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onsmqtt_stub import mock_onsmqtt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub import Backend


@pytest.fixture
def onsmqtt() -> Iterator[Backend]:
    """Put a new stub in place of OnsMqtt for one test, and yield its backend."""
    with mock_onsmqtt() as backend:
        yield backend
