"""docs/unverified.md has the claims that `verify` checks, as they are in the code."""

from __future__ import annotations

from create_group_id_tools.verification import registry
from tests.package.pages import ROOT, Page, code

PAGE = Page(ROOT / "docs" / "unverified.md")


def test_each_table_has_the_claims_of_a_group() -> None:
    tables = [
        [[cell.content for cell in row[:3]] for row in table[1:]]
        for table in PAGE.tables[: len(registry.CLAIM_GROUPS)]
    ]
    assert tables == [
        [[f"`{claim.name}`", claim.text, f"`{claim.expected}`"] for claim in group.claims]
        for group in registry.CLAIM_GROUPS
    ]


def test_each_claim_says_what_to_change() -> None:
    rows = [row for table in PAGE.tables for row in table[1:]]
    assert all(cell.content for row in rows for cell in row)
    assert len(rows) > len(registry.NAMES)


def test_the_costs_are_those_that_the_command_shows() -> None:
    text = PAGE.path.read_text(encoding="utf-8")
    assert [group.name for group in registry.CLAIM_GROUPS if group.cost not in text] == []


def test_the_second_part_names_only_claims_that_exist() -> None:
    commands = [
        word.partition("--only ")[2].split()[0]
        for table in PAGE.tables
        for row in table
        for cell in row
        for word in code(cell)
        if "--only " in word
    ]
    assert commands
    assert set(commands) <= set(registry.NAMES)


def test_names_are_unique() -> None:
    assert len(set(registry.NAMES)) == len(registry.NAMES)
