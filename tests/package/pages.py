"""A page in Markdown, read as GitHub renders it."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


class Page:
    """One file; `path` is absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tokens = _MARKDOWN.parse(path.read_text(encoding="utf-8"))

    def _after(self, kind: str) -> Iterator[tuple[Token, Token]]:
        """Yield each opening token of a kind with the inline token that follows it."""
        for opening, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if opening.type == kind:
                yield opening, inline

    @cached_property
    def levels(self) -> list[str]:
        return [opening.tag for opening, _ in self._after("heading_open")]

    @cached_property
    def anchors(self) -> list[str]:
        """The fragments by which GitHub links to the headings, in their order."""
        anchors: list[str] = []
        for _, inline in self._after("heading_open"):
            text = "".join(child.content for child in inline.children or ())
            anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            count = sum(
                re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", one) is not None for one in anchors
            )
            anchors.append(f"{anchor}-{count}" if count else anchor)
        return anchors

    @cached_property
    def blocks(self) -> list[tuple[str, str]]:
        """The language and the text of each block of code."""
        kinds = ("fence", "code_block")
        return [(token.info, token.content) for token in self.tokens if token.type in kinds]

    @cached_property
    def tables(self) -> list[list[list[Token]]]:
        """The cells of each row of each table, the head included."""
        tables: list[list[list[Token]]] = []
        for token, following in zip(self.tokens, self.tokens[1:], strict=False):
            if token.type == "table_open":
                tables.append([])
            elif token.type == "tr_open":
                tables[-1].append([])
            elif token.type in {"td_open", "th_open"}:
                tables[-1][-1].append(following)
        return tables

    @cached_property
    def sections(self) -> list[set[str]]:
        """The inline code of each section, from one heading to the next."""
        sections: list[set[str]] = []
        for token in self.tokens:
            if token.type == "heading_open":
                sections.append(set())
            elif token.type == "inline":
                sections[-1].update(code(token))
        return sections

    @cached_property
    def links(self) -> list[str]:
        """The targets of links and images, in their order."""
        children = [child for token in self.tokens for child in token.children or ()]
        names = {"link_open": "href", "image": "src"}
        return [str(child.attrs[names[child.type]]) for child in children if child.type in names]

    @cached_property
    def inlines(self) -> list[Token]:
        """The paragraphs, headings and cells."""
        return [token for token in self.tokens if token.type == "inline"]

    @cached_property
    def prose(self) -> list[str]:
        """The text of each paragraph, heading and cell, without code."""
        return [
            "".join(
                " " if child.type in {"code_inline", "softbreak"} else child.content
                for child in inline.children or ()
            )
            for inline in self.inlines
        ]

    def resolve(self, link: str) -> tuple[Path, str] | None:
        """Return the file and the fragment of a link within the repository, else None."""
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return None
        path = (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path
        return path, unquote(parts.fragment)


def code(inline: Token) -> list[str]:
    return [child.content for child in inline.children or () if child.type == "code_inline"]
