"""The committed documents are what `make interface` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from create_group_id_tools.interface import documents

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", documents.texts(), ids=lambda path: path.name)
def test_no_document_is_out_of_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == documents.texts()[path], "run `make interface`"
