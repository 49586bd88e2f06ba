"""Each page in Chinese has the headings, tables, blocks of code and links of its original."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.package.pages import CJK, ROOT, Page, code

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

pytestmark = pytest.mark.once

ORIGINALS = {ROOT / "README.zh-CN.md": ROOT / "README.md"} | {
    path: ROOT / "docs" / path.name for path in sorted((ROOT / "docs" / "zh-CN").glob("*.md"))
}
TRANSLATED = set(ORIGINALS.values())
# Alibaba Cloud's documents have another address in each language.
DOCUMENTS = re.compile(r"https?://(www\.alibabacloud\.com/help|help\.aliyun\.com)/")
CHINESE = re.compile(r"/zh/|help\.aliyun\.com/document_detail/")
UNTRANSLATED = re.compile(r"([A-Za-z]+[ ,.;:'()]+){7}[A-Za-z]+")
# Chinese text has full-width punctuation; a list of code or names alone has "A, B".
HALF_WIDTH = re.compile(r"""[!?;:,()"']|\.(?![\w/.])""")
UNSPACED = re.compile(r"[,;:](?=\S)")
IN_A_NUMBER = re.compile(r"(?<=\d)[,.:](?=\d)")

each_pair = pytest.mark.parametrize(
    ("translation", "original"),
    [(Page(translation), Page(original)) for translation, original in ORIGINALS.items()],
    ids=[str(path.relative_to(ROOT)) for path in ORIGINALS],
)


def targets(page: Page) -> Counter[tuple[object, int | None]]:
    """Count the links but the one to the other language, by the original and its heading."""
    counted: Counter[tuple[object, int | None]] = Counter()
    for link in page.links[1:]:
        resolved = page.resolve(link)
        if resolved is None:
            counted["document" if DOCUMENTS.match(link) else link, None] += 1
            continue
        path, anchor = resolved
        heading = Page(path).anchors.index(anchor) if anchor else None
        # A link from a translation to an original that is translated counts as another one.
        left = page.path in ORIGINALS and path in TRANSLATED
        counted[f"English {path}" if left else ORIGINALS.get(path, path), heading] += 1
    return counted


def other_language(page: Page) -> Path:
    """Return what the first link of a page leads to, which must be all of its first paragraph."""
    kinds = [token.type for token in page.tokens[:6]]
    assert kinds == [
        "heading_open",
        "inline",
        "heading_close",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]
    children = page.tokens[4].children or []
    assert [child.type for child in children] == ["link_open", "text", "link_close"]
    resolved = page.resolve(page.links[0])
    assert resolved is not None
    return resolved[0]


def test_the_pages_that_a_user_needs_are_there() -> None:
    needed = {"README.md", "local.md", "callers.md", "deploy.md", "operations.md", "stub.md"}
    assert needed <= {path.name for path in TRANSLATED}


@each_pair
def test_each_leads_to_the_other(translation: Page, original: Page) -> None:
    assert other_language(original) == translation.path
    assert other_language(translation) == original.path


@each_pair
def test_the_same_headings(translation: Page, original: Page) -> None:
    assert translation.levels == original.levels


@each_pair
def test_the_same_tables(translation: Page, original: Page) -> None:
    assert [[essence(row) for row in table] for table in translation.tables] == [
        [essence(row) for row in table] for table in original.tables
    ]


def essence(row: list[Token]) -> list[object]:
    """Reduce a row to what no language changes: its numbers and its code."""
    return [
        cell.content if re.fullmatch("[0-9, ]+", cell.content) else sorted(code(cell))
        for cell in row
    ]


@each_pair
def test_the_same_code(translation: Page, original: Page) -> None:
    assert translation.sections == original.sections


@each_pair
def test_the_same_blocks(translation: Page, original: Page) -> None:
    assert translation.blocks == original.blocks


@each_pair
def test_the_same_links(translation: Page, original: Page) -> None:
    assert targets(translation) == targets(original)


@each_pair
def test_the_documents_of_the_cloud_are_in_the_language_of_the_page(
    translation: Page, original: Page
) -> None:
    assert [one for one in original.links if DOCUMENTS.match(one) and "/zh/" in one] == []
    assert [
        one for one in translation.links if DOCUMENTS.match(one) and not CHINESE.search(one)
    ] == []


@each_pair
def test_each_is_in_its_language(translation: Page, original: Page) -> None:
    assert [text for text in original.prose[2:] if CJK.search(text)] == []
    assert [text for text in translation.prose if UNTRANSLATED.search(text)] == []
    letters = "".join(translation.prose)
    assert len(CJK.findall(letters)) > len(re.findall("[A-Za-z]", letters))


@pytest.mark.parametrize("path", ORIGINALS, ids=lambda path: str(path.relative_to(ROOT)))
def test_chinese_has_full_width_punctuation(path: Path) -> None:
    texts = map(without_addresses, Page(path).inlines)
    assert [text for text in texts if is_half_width(text)] == []


def without_addresses(inline: Token) -> str:
    """Return the text of a paragraph, a heading or a cell, with a backtick for each code."""
    return "".join(
        {"code_inline": "`", "softbreak": " "}.get(child.type, child.content)
        for child in inline.children or ()
        if not child.content.startswith("http")
    )


def is_half_width(text: str) -> bool:
    text = IN_A_NUMBER.sub("", text)
    return bool((HALF_WIDTH if CJK.search(text) else UNSPACED).search(text))


@pytest.mark.parametrize(
    "text",
    (
        "FC 3.0,`:",
        "`进程内, `",
        "RabbitMQ,MQTT",
        "SDK:`",
        "可以吗?",
        "完成.",
        "(进程内)",
        '称为"规则"',
    ),
)
def test_half_width_punctuation_is_found(text: str) -> None:
    assert is_half_width(text)
