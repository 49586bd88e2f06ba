"""The files for the hosting site and for pre-commit have the documented form.

https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.template import strict_yaml
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
FORMS.remove(ROOT / ".github/ISSUE_TEMPLATE/config.yml")
NEEDS = {"markdown": "value", "input": "label", "textarea": "label", "dropdown": "options"}


def load(path: Path) -> Any:
    return strict_yaml.read(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_the_documented_form(path: Path) -> None:
    form = load(path)
    assert all(form[name] for name in ("name", "description", "body"))
    for field in form["body"]:
        assert field["attributes"][NEEDS[field["type"]]]
    named = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(set(named)) == len(named) > 0


def test_a_hook_runs_a_target_of_the_makefile() -> None:
    (local,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    entries = [hook["entry"].split() for hook in local["hooks"]]
    assert [program for program, _ in entries] == ["make", "make"]
    assert {target for _, target in entries} == {"lint", "types"} < set(targets)
