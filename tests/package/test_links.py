"""Every link of a page to another one, or to a heading, leads somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.package.pages import ROOT, Page

if TYPE_CHECKING:
    from pathlib import Path

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
