"""Every link of a page leads somewhere, and every file of Python that a page names exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.package.pages import ROOT, Page, code

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "events/*.md",
        "stub/*.md",
        "tests/*.md",
        ".github/**/*.md",
    )
    for path in ROOT.glob(pattern)
)

MODULES = [
    file
    for folder in ("src", "stub", "create_group_id_tools", "tests", "benchmarks", "scripts")
    for file in (ROOT / folder).rglob("*.py")
]


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_links(path: Path) -> None:
    page = Page(path)
    broken = []
    for link in page.links:
        resolved = page.resolve(link)
        if resolved is None:
            continue
        target, anchor = resolved
        if not target.exists() or (anchor and anchor not in Page(target).anchors):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_named_modules(path: Path) -> None:
    named = {
        one
        for token in Page(path).tokens
        for one in code(token)
        if re.fullmatch(r"[a-z0-9_/]+\.py", one)
    }
    missing = {one for one in named if not any(str(file).endswith(f"/{one}") for file in MODULES)}
    assert missing == set()
