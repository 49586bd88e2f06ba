"""The function has one version, which is also that of its changelog, its zip and its tools."""

from __future__ import annotations

import re
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from create_group_id import __version__
from create_group_id_tools.packaging.tree import write_metadata
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_the_zip_has_the_version_of_the_function(tmp_path: Path) -> None:
    write_metadata(ROOT / "src", tmp_path)
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"create_group_id-{__version__}.dist-info"
    metadata = HeaderParser().parsestr((folder / "METADATA").read_text())
    assert (metadata["Name"], metadata["Version"]) == ("create-group-id", __version__)


def test_sources_without_a_version_get_no_metadata(tmp_path: Path) -> None:
    write_metadata(tmp_path / "src", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_tools_have_the_version_of_the_function() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert re.findall(r'^version = "(.+)"$', project, re.MULTILINE) == [__version__]
