"""One thing has one name on the English pages, which is that of the code and of the cloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.package.pages import ROOT, Page
from tests.package.test_links import PAGES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.once

# What a page must not say, and what it says instead.
TERMS = {
    "answer(s|ed|ing)?": "response, respond, return, result",
    "time-outs?": "timeout",
    "in doubt": "the outcome is unknown",
    "lost answer": "lost response",
    "(calls?|requests?|events?|messages?|invocations?) a second": "per second",
    "patience": "timeout, deadline",
    "dead letters? queue": "dead-letter queue",
}
WRONG = re.compile(rf"\b({'|'.join(TERMS)})\b", re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_each_thing_has_its_name(path: Path) -> None:
    assert [match[0] for text in Page(path).prose for match in WRONG.finditer(text)] == []


@pytest.mark.parametrize(
    "text", ("The answer is JSON.", "10 calls a second", "its time-out", "It answered in doubt.")
)
def test_another_name_is_found(text: str) -> None:
    assert WRONG.search(text)
