"""The changes of tests/mutants fit src, and their tests exist; `make mutants` makes them."""

from __future__ import annotations

from tests.mutants import ROOT, read

MUTANTS = [
    mutant
    for path in (ROOT / "tests/mutants").glob("*.txt")
    for mutant in read(path.read_text(encoding="utf-8"))
]


def test_the_text_of_each_change_occurs_once() -> None:
    assert MUTANTS
    counts = {m: (ROOT / "src" / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTANTS}
    assert {mutant: count for mutant, count in counts.items() if count != 1} == {}


def test_the_test_of_each_change_exists() -> None:
    tests = {mutant.test.partition("::")[::2] for mutant in MUTANTS}
    assert [
        (file, name)
        for file, name in tests
        if f"\ndef {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ] == []
