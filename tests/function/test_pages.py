"""The pages are right about errors, variables and the group IDs of tenants."""

from __future__ import annotations

import re
from pathlib import Path

from create_group_id import errors, settings, tenants

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "template.yml").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
PAYLOADS = (ROOT / "docs" / "payloads.md").read_text(encoding="utf-8")


def test_every_error_code_is_in_the_table() -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, errors.Kind)]
    table = README.split("### Errors")[1].split("\n## ")[0]
    assert {kind.code for kind in kinds} == set(re.findall(r"`([A-Z][A-Za-z]+)`", table)) - {
        "Code",
        "Fail",
        "NaN",
        "OnExisting",
        "Retryable",
        "Violations",
    }
    for codes, statuses in re.findall(r"^\| (`[^|]+) \| ([0-9, ]+) \|", table, re.MULTILINE):
        documented = {int(status) for status in statuses.split(", ")}
        named = re.findall(r"`(\w+)`", codes)
        assert {kind.status for kind in kinds if kind.code in named} == documented, codes


def test_every_variable_is_in_the_table() -> None:
    assert re.findall(r"^\| `([A-Z_]+)` \|", CONFIGURATION, re.MULTILINE) == list(
        settings.VARIABLES
    )


def test_the_template_mentions_every_variable() -> None:
    assert set(settings.VARIABLES) <= set(re.findall(r"\b[A-Z_]+\b", TEMPLATE))


def test_the_group_ids_of_the_examples_are_right() -> None:
    shown = re.findall(r"^\| `([^`]+)` \| `(GID_[^`]+)` \|$", PAYLOADS, re.MULTILINE)
    assert len(shown) == 4
    assert [(tenant, tenants.group_id(tenant)) for tenant, _ in shown] == shown
