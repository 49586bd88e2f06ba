"""The local Function Compute that is called, as `serve --auth function` runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.local.conftest import group_id, signed, signed_backend

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["group_id", "signed", "signed_backend"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home without credentials, and an environment without any of FC's."""
    for name in os.environ:
        if name.startswith(("ALIBABA_CLOUD_", "FC_", "ONSMQTT_", "TENANT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
