"""A pytest fixture: `pytest_plugins = ["onsmqtt_stub.plugin"]` in a conftest.py makes it known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onsmqtt_stub.mock import mock_onsmqtt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onsmqtt_stub.backend import Backend


@pytest.fixture
def onsmqtt() -> Iterator[Backend]:
    """Put a new stub in place of OnsMqtt for one test, and give its backend."""
    with mock_onsmqtt() as backend:
        yield backend
