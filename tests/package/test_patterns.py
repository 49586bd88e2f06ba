"""Patterns compiled by the package step: `re` finds them, they are equal, and none is needed."""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # typeshed leaves it out
import json
import marshal
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id import pattern_cache
from create_group_id_tools.packaging import patterns
from tests.package.projects import ROOT

if TYPE_CHECKING:
    from pathlib import Path

OURS = re.compile(r"pattern-of-(?P<whose>ours)|[x-z]{2,5}\Z", re.IGNORECASE)
HERE = (sys.implementation.cache_tag, _sre.MAGIC, _sre.CODESIZE)  # what decides on a program
KEY = (str, OURS.pattern, re.IGNORECASE.value)

# Prints which patterns `re` compiled while the function was imported.
IMPORTING = """
import json, re, sys
compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
compile_program, compiled = compiler.compile, []
compiler.compile = lambda pattern, flags=0: (
    compiled.append(repr(pattern)) or compile_program(pattern, flags)
)
sys.path[:0] = sys.argv[1:]
import index
print(json.dumps(compiled))
"""


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file with our pattern, as the package step writes it; `re` holds none."""
    monkeypatch.setattr(re, "_cache", {KEY: OURS})
    file = tmp_path / "patterns.marshal"
    file.write_bytes(marshal.dumps((HERE, patterns.compiled()), 2))
    re.purge()
    return file


def cache() -> dict[Any, re.Pattern[str]]:
    cached: dict[Any, re.Pattern[str]] = vars(re)["_cache"]
    return cached


def test_re_finds_the_recorded_pattern_and_does_not_compile_it(recorded: Path) -> None:
    pattern_cache.fill(str(recorded))
    assert list(cache()) == [KEY]
    pattern = re.compile(OURS.pattern, re.IGNORECASE)
    assert pattern is cache()[KEY]
    assert pattern is not OURS
    assert pattern == OURS  # compares the programs too
    assert pattern.groupindex == OURS.groupindex
    assert pattern.fullmatch("PATTERN-OF-OURS")


@pytest.mark.parametrize(
    "content",
    (
        b"",
        b"no marshal",
        marshal.dumps(None),
        marshal.dumps((("cpython-27", 1, 4), [("a", 0, 0, [1, 2], 0, {}, (None,))])),
        marshal.dumps((HERE, [("a", 0, 32, [1 << 31] * 9, 0, {}, (None,))])),
        marshal.dumps((HERE, [("a", 0)])),
        marshal.dumps((HERE, 5)),
    ),
    ids=("empty", "no-marshal", "none", "other-version", "no-program", "too-few", "no-list"),
)
def test_with_a_malformed_file_re_compiles_the_pattern(recorded: Path, content: bytes) -> None:
    recorded.write_bytes(content)
    pattern_cache.fill(str(recorded))
    assert cache() == {}
    assert re.compile(OURS.pattern, re.IGNORECASE) == OURS


def test_reads_the_file_beside_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, ...]] = []
    monkeypatch.setattr(pattern_cache, "open", lambda *of: opened.append(of), raising=False)
    pattern_cache.fill()
    assert opened == [(str(ROOT / "src/create_group_id/patterns.marshal"), "rb")]


def test_without_the_file_nothing_is_recorded(recorded: Path) -> None:
    recorded.unlink()
    pattern_cache.fill(str(recorded))
    assert cache() == {}


def test_without_a_cache_in_re_nothing_is_recorded_and_nothing_fails(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(re, "_cache")
    pattern_cache.fill(str(recorded))


def test_with_the_file_an_import_compiles_no_pattern(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "src", tree)
    without = run("-c", IMPORTING, str(tree))
    run(str(ROOT / "create_group_id_tools/packaging/patterns.py"), str(tree))
    assert len(json.loads(without)) > 50
    assert json.loads(run("-c", IMPORTING, str(tree))) == []


def test_every_recorded_pattern_equals_the_one_that_re_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "src", tree)
    run(str(ROOT / "create_group_id_tools/packaging/patterns.py"), str(tree))
    monkeypatch.setattr(re, "_cache", {})
    pattern_cache.fill(str(tree / "create_group_id" / "patterns.marshal"))
    filled = dict(cache())
    re.purge()
    assert len(filled) > 50
    for (_, text, flags), pattern in filled.items():
        compiled = re.compile(text, flags)
        assert compiled is not pattern
        assert (compiled, compiled.groupindex) == (pattern, pattern.groupindex)


def run(*arguments: str) -> str:
    completed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "ignore", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={"ONSMQTT_INSTANCE_ID": "mqtt", "ONSMQTT_REGION_ID": "cn"},
    )
    return completed.stdout
