"""docs/stub.md names every effect, option, setting and path, and its examples run."""

from __future__ import annotations

import re
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from onsmqtt_stub import Backend, Fault, Settings
from onsmqtt_stub._effects import EFFECTS
from onsmqtt_stub.responses import OnsMqtt

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/stub.md").read_text()
EXAMPLES = re.findall("```python\n(.*?)```", DOCUMENT, re.DOTALL)
NAMED = set(re.findall(r"`([a-z_0-9]+)[`=]", DOCUMENT))


def test_effects_and_options_are_documented() -> None:
    assert set(EFFECTS) <= NAMED
    assert {field.name for field in fields(Fault)} <= NAMED


def test_settings_are_documented() -> None:
    assert {field.name for field in fields(Settings)} <= NAMED


def test_the_example_with_responses_runs() -> None:
    scope: dict[str, object] = {}
    exec(EXAMPLES[1], scope)  # noqa: S102 - our own document
    assert isinstance(scope["service"], OnsMqtt)


def test_the_example_of_state_and_time_runs() -> None:
    scope: dict[str, object] = {"clock": time.time, "sleep": time.sleep}
    exec(EXAMPLES[2], scope)  # noqa: S102 - our own document
    backend = scope["backend"]
    assert isinstance(backend, Backend)
    assert backend.groups() == ["GID_old"]


def test_the_example_of_the_readme_runs() -> None:
    section = (ROOT / "README.md").read_text().split("### Test your code against the stub")[1]
    (example,) = re.findall("```python\n(.*?)```", section.split("\n### ")[0], re.DOTALL)
    scope: dict[str, Any] = {}
    exec(example, scope)  # noqa: S102 - our own document
    scope["test_create_group"]()
