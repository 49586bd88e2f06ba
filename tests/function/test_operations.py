"""docs/operations.md is right about log lines, error codes and alarms."""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from create_group_id import errors
from create_group_id.client import Client
from create_group_id_tools.runtime.root_logger import Formatter
from onsmqtt_stub import Fault
from tests.world import a_cloud_event

if TYPE_CHECKING:
    from tests.world import World

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENTS = ("attempt", "invocation", "bug")
QUERIES = re.findall(r"^```sql\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)
# The pattern by which every query extracts the JSON of a line.
(PATTERN,) = {re.findall(r"message, '(\\{.+?)'\)", query)[0] for query in QUERIES}


def documented(event: str) -> set[str]:
    """Return the first column of the table for a kind of line."""
    table = PAGE.split(f"**`{event}`**")[1].split("\n\n")[1]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


@pytest.fixture
def written(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> list[str]:
    """Return every kind of line as FC writes it: a retry, a success, and a bug."""
    world.backend.set_faults([Fault("error", code="ServiceUnavailable", status=503, times=1)])
    world.handle(a_cloud_event({"tenantId": "acme"}, traceparent=TRACE))
    monkeypatch.setattr(Client, "create_group_id", lambda *_: 1 / 0)
    world.failed(a_cloud_event({"tenantId": "acme"}))
    formatter = Formatter()
    return [formatter.format(record) for record in caplog.records]


@pytest.fixture(autouse=True)
def _debug_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def fields(line: str) -> dict[str, object]:
    """Parse a line as the queries do."""
    match = re.search(PATTERN, line)
    assert match
    line_fields: dict[str, object] = json.loads(match[0])
    return line_fields


@pytest.mark.parametrize("event", EVENTS)
def test_documents_each_field_of_a_line_and_no_other(event: str, written: list[str]) -> None:
    lines = [fields(line) for line in written]
    logged = {field for line in lines if line["Event"] == event for field in line}
    assert logged - {"Event"} == documented(event)


def test_a_line_is_written_as_documented(written: list[str]) -> None:
    (sample,) = re.findall(r"^\S+ \S+ \[INFO\] (\{.+),…\}$", PAGE, re.MULTILINE)
    assert any(f'{sample},"Code"' in line for line in written)


def test_each_line_has_the_documented_level(written: list[str]) -> None:
    levels = {(fields(line)["Event"], re.findall(r"\[([A-Z]+)\]", line)[0]) for line in written}
    assert levels == {
        ("attempt", "INFO"),
        ("invocation", "INFO"),
        ("invocation", "WARNING"),
        ("bug", "ERROR"),
    }


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_reads_fields_of_its_line(query: str) -> None:
    (event,) = re.findall(r"'\$\.Event'\) = '(\w+)'", query)
    read = set(re.findall(r"'\$\.(\w+)", query)) - {"Event"}
    assert read
    assert read <= documented(event)


def test_every_error_code_has_a_row() -> None:
    table = PAGE.split("## What to do for each error code")[1].split("\n\n")[2]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    named = [code for row in rows for code in re.findall(r"`(\w+)`", row)]
    kinds = [value for value in vars(errors).values() if isinstance(value, errors.Kind)]
    assert sorted(named) == sorted({kind.code for kind in kinds})


def test_documents_the_triggers_of_all_samples(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for sample in (ROOT / "events").glob("*.json"):
        with suppress(errors.ProvisioningFailed):
            world.handle(sample.read_bytes())
    lines = [fields(message) for message in caplog.messages]
    (row,) = re.findall(r"^\| `Trigger` \| (.+) \|$", PAGE, re.MULTILINE)
    assert set(re.findall(r"`(\S+)`", row)) == {
        line["Trigger"] for line in lines if "Trigger" in line
    }


def test_every_alarm_has_a_row() -> None:
    table = PAGE.split("## Alarms")[1].split("\n\n| alarm")[1].split("\n\n")[0]
    stack = (ROOT / "infra/alarms.yml").read_text(encoding="utf-8")
    levels = re.findall(r"MetricName: (\w+)$.*?^        (\w+):$", stack, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"\| `(\w+)` \|.*?\| (Critical|Warn) \|", table)) == set(levels)


def test_each_rule_says_what_to_do() -> None:
    table = PAGE.split("## When an alarm fires")[1].split("\n## ")[0]
    stack = (ROOT / "infra/alarms.yml").read_text(encoding="utf-8")
    rules = re.findall(r"RuleName: \{Fn::Sub: '\$\{FunctionName\}-([a-z-]+)'\}", stack)
    assert len(rules) == stack.count("RuleName:")
    assert sorted(re.findall(r"`create-group-id-([a-z-]+)`", table)) == sorted(rules)
