"""docs/stub.md names every effect, option, setting and path that there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from onsmqtt_stub import Fault, Settings
from onsmqtt_stub.faults import Effect

DOCUMENT = (Path(__file__).parents[2] / "docs/stub.md").read_text()
NAMED = set(re.findall(r"`([a-z_0-9]+)[`=]", DOCUMENT))


def test_effects_and_options_are_documented() -> None:
    assert set(get_args(Effect)) <= NAMED
    assert {field.name for field in fields(Fault)} <= NAMED


def test_settings_are_documented() -> None:
    assert {field.name for field in fields(Settings)} <= NAMED
