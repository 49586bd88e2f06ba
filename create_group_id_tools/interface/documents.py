"""The two documents as text, by the file that holds each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from create_group_id_tools.interface import asyncapi, openapi
from create_group_id_tools.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def texts() -> dict[Path, str]:
    """Return the text of each document, under the path of its file."""
    documents = {"openapi.json": openapi.document(), "asyncapi.json": asyncapi.document()}
    return {
        ROOT / "docs" / name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }
