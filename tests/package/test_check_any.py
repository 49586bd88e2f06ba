"""`check` reports any value in a template or a stack in lines, and never ends in a traceback."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from create_group_id_tools.commands import check
from create_group_id_tools.template import strict_yaml
from create_group_id_tools.template.rendering import EXAMPLE, RenderError
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ("template.yml", "infra/ros.yml", "infra/alarms.yml")
DOCUMENTS = {name: strict_yaml.read((ROOT / name).read_text()) for name in FILES}
ODD: tuple[Any, ...] = (
    None, True, 0, -1.5, "", "x", "[", "${x}", "${vars.x}", "${env(1)}", [], {}, [[]], [{}],
    {"a": []}, {"Ref": []}, {"Fn::GetAtt": []}, {"Fn::Sub": 1}, {"Fn::Join": ["", []]},
    {"a\nb": []}, "${a\nb}",
)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(node, (dict, list)):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


PLACES = [(name, place) for name in FILES for place in places(DOCUMENTS[name])]
ACTION = next(
    place for name, place in PLACES if name == "infra/ros.yml" and place[-2:] == ("Action", 0)
)


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(document)
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("any")
    (root / "infra").mkdir()
    (root / "build").mkdir()
    return root


@pytest.mark.parametrize("value", ODD, ids=repr)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(place=st.sampled_from(PLACES))
@example(place=("infra/ros.yml", ACTION))  # which a problem quotes
def test_a_wrong_value_is_never_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch, value: Any, place: tuple[str, tuple[Any, ...]]
) -> None:
    monkeypatch.setattr(check, "Zips", FakeZips)
    try_any(folder, *place, value)


@pytest.mark.exhaustive
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_wrong_value_at_any_place_is_never_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[str, tuple[Any, ...]]
) -> None:
    monkeypatch.setattr(check, "Zips", FakeZips)
    for value in ODD:
        try_any(folder, *place, value)


class FakeZips:
    """Zips without a problem."""

    def __init__(self, *_: Any) -> None: ...

    def calls(self) -> set[str]:
        return {"CreateGroupId"}

    def problems(self, _text: str) -> list[str]:
        return []


def try_any(folder: Path, name: str, place: tuple[Any, ...], value: Any) -> None:
    for other in FILES:
        document = DOCUMENTS[other]
        text = json.dumps(changed(document, place, value) if other == name else document)
        (folder / other).write_text(text)
    try:
        lines = check.findings(folder, EXAMPLE, None)
    except RenderError as error:
        lines = [str(error)]
    assert all(line.startswith(FILES) and "\n" not in line for line in lines)
