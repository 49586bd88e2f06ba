"""Read YAML strictly, with the C library if it is there, which is ten times as fast."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE, _TEXT = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:str"


class _KeyProblem(ValueError):
    """A key that comes twice or is not a string, which YAML readers treat differently."""


class _Loader(_FAST):  # type: ignore[misc] # either of the two
    """A loader that rejects a duplicate key, of which the last would win, or one not a string."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - its signature
        seen = set()
        for key, _ in node.value:
            # A map may override the keys that it merges.
            if key.tag == _MERGE:
                continue
            line = key.start_mark.line + 1
            if key.tag != _TEXT:
                raise _KeyProblem(f"a key at line {line} is not a string; quote it")
            if key.value in seen:
                raise _KeyProblem(f"duplicate key {key.value} at line {line}")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def text_of(path: Path) -> str:
    """Return the text of a file; raise OSError, or ValueError if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8; save it in that encoding") from None


def read(text: str) -> Any:
    """Read a document; raise ValueError, which names the line."""
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - it is safe
        # Raises ValueError for one that contains itself, and for a number that JSON does not have.
        json.dumps(document, default=str, allow_nan=False)
    except _KeyProblem:
        raise
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # At the end of the text the C library counts one line too many.
        line = mark and min(mark.line + 1, len(text.splitlines()))
        raise ValueError(f"invalid YAML at line {line}" if line else "invalid YAML") from None
    except (ValueError, RecursionError):
        raise ValueError("invalid YAML: a malformed value, or one that contains itself") from None
    return document
