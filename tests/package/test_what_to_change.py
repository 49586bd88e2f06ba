"""docs/architecture.md: for each kind of change, the files to edit and the tests that check it.

`make proofs` makes a wrong or an incomplete change in each of these files, in a copy of the
project, where each of these tests must fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from create_group_id.settings import VARIABLES
from tests.package.pages import ROOT, Page, code

if TYPE_CHECKING:
    from pathlib import Path

CODE = "src/create_group_id"
FOLDERS = (CODE, "tests/function", ".")
# Read by the tests that the page names.
COPIED = ("src", "stub", "create_group_id_tools", "tests", "events", "docs", "infra")
RED = 1  # pytest's status if tests failed; with any other, none ran


class Change(NamedTuple):
    """A change of one file, and the tests that must fail after it; `old` occurs once."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]


CHANGES: dict[str, list[Change]] = {
    "a new trigger": [
        # The page of the log does not name the trigger.
        Change("triggers.py", '= "direct", False', '= "console", False', ("test_operations.py",)),
        Change("http_trigger.py", ', name="api-gateway"', ', name="alb"', ("test_operations.py",)),
        # The trigger has a sample, but no place in `infer`.
        Change("triggers.py", "        return Direct(value)\n", "        pass\n",
               ("test_samples.py",)),
        Change("http_trigger.py", ', b\'"httpMethod"\'', ",", ("test_samples.py",)),
    ],
    "a new wrapping of events": [
        Change("wrappings.py", '    Wrapping(("partition", "offset", "value"), "value"),', "   ",
               ("test_wrappings.py", "test_samples.py")),
    ],
    "an error code of the OpenAPI": [
        Change("errors.py", '    "InstanceNotFound": ',
               '    "InstanceLocked": INSTANCE_DENIED,\n    "InstanceNotFound": ',
               ("test_errors.py",)),
        Change("errors.py", '    "InstanceNotFound": INSTANCE_NOT_FOUND,\n', "",
               ("test_errors.py",)),
    ],
    "an error code of the function": [
        Change("errors.py", "\n# Errors of a call of the OpenAPI.",
               'LOCKED = Kind("Locked", 423, "The instance is locked.")\n\n#',
               ("test_envelope_schema.py", "test_pages.py", "test_operations.py")),
        Change("schemas/envelope.json", ', "CredentialsMissing"', "", ("test_envelope_schema.py",)),
    ],
    "a region": [
        Change("schemas/regions.json", '"us-east-1", ', '"us-east-1", "us-east-2", ',
               ("test_payload_regions.py",)),
        Change("schemas/regions.json", '"us-east-1", ', "", ("test_payload_regions.py",)),
    ],
    "a field of the payload": [
        Change("schemas/request.json", '    "OnExisting": ',
               '    "Remark": {"type": "string"},\n    "OnExisting": ', ("test_payload.py",)),
        Change("payload.py", '            ("RegionId", self.region_id),\n', "",
               ("test_payload.py",)),
    ],
    "a field of the envelope": [
        Change("envelope.py", '        "Outcome": result.outcome,\n',
               '        "Outcome": result.outcome,\n        "Remark": "",\n',
               ("test_envelope.py",)),
        Change("schemas/envelope.json", '            "Outcome": {"enum"',
               '            "Remark": {"type": "string"},\n            "Outcome": {"enum"',
               ("test_envelope_schema.py",)),
    ],
    "a variable of the environment": [
        Change("settings.py", '    "ON_FAILURE": ', '    "REMARK": "a text",\n    "ON_FAILURE": ',
               ("test_settings.py", "test_pages.py")),
        Change("template.yml", "ONSMQTT_NETWORK: vpc", "", ("test_pages.py",)),
    ],
    "what is retried, and how long": [
        Change("errors.py", '"The OpenAPI is unavailable: retry later.", True',
               '"The OpenAPI is unavailable: retry later.", True, retry_once=True',
               ("test_retry.py", "test_fault_matrix.py")),
        Change("provisioning.py", "kind.retry_once and any(", "kind.retry_once and not any(",
               ("test_fault_matrix.py",)),
        Change("timing.py", "BACKOFF_CAP = 0.2, 5.0", "BACKOFF_CAP = 0.2, 6.0", ("test_retry.py",)),
        Change("timing.py", "self._last_start + self.interval(now, ceiling)", "self._last_start",
               ("test_model.py",)),
    ],
}  # fmt: skip
CASES = [
    pytest.param(change, test, id=f"{row}, {change.file}, {test}")
    for row, changes in CHANGES.items()
    for change in changes
    for test in change.tests
]


def path_of(name: str, root: Path = ROOT) -> Path:
    """Return the file of a name on the page, which leaves out the folder."""
    return next(path for folder in FOLDERS if (path := root / folder / name).is_file())


def rows() -> dict[str, tuple[list[str], list[str]]]:
    """Return the rows of the page: to each kind of change, the code of the two other cells."""
    tables = Page(ROOT / "docs" / "architecture.md").tables
    (table,) = (table for table in tables if table[0][0].content == "to change")
    return {kind.content: (code(edit), code(tests)) for kind, edit, tests in table[1:]}


def files(spans: list[str]) -> set[str]:
    return {span for span in spans if re.fullmatch(r"[a-z_/]+\.(py|json|yml)", span)}


def test_each_row_has_changes_of_its_files_which_its_tests_notice() -> None:
    assert {kind: tuple(map(files, cells)) for kind, cells in rows().items()} == {
        kind: ({change.file for change in changes}, {t for change in changes for t in change.tests})
        for kind, changes in CHANGES.items()
    }


@pytest.mark.parametrize("kind", CHANGES)
def test_a_row_names_what_its_files_contain(kind: str) -> None:
    edit, tests = rows()[kind]
    assert all(path_of(name).is_relative_to(ROOT / "tests/function") for name in files(tests))
    text = "".join(path_of(name).read_text(encoding="utf-8") for name in files(edit))
    names = {span for span in edit if span not in files(edit) | VARIABLES.keys()}
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("change", [change for changes in CHANGES.values() for change in changes])
def test_the_text_to_change_occurs_once(change: Change) -> None:
    assert path_of(change.file).read_text(encoding="utf-8").count(change.old) == 1


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the project."""
    root = tmp_path / "project"
    root.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copyfile(path, root / path.name)
        elif path.name in COPIED:
            shutil.copytree(
                path, root / path.name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True
            )
    return root


def run(root: Path, *names: str) -> tuple[int, str]:
    """Run test files in a copy of the project; return pytest's status and its output."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-p", "no:cacheprovider"]
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    # Also for the plugins, which pytest loads before it reads its settings.
    environ["PYTHONPATH"] = os.pathsep.join(str(root / folder) for folder in ("src", "stub", "."))
    process = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, *(f"tests/function/{name}" for name in names)],
        cwd=root, env=environ, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return process.returncode, process.stdout + process.stderr


@pytest.mark.exhaustive
@pytest.mark.parametrize(("change", "test"), CASES)
def test_the_test_of_a_row_fails_after_its_change(change: Change, test: str, copy: Path) -> None:
    path = path_of(change.file, copy)
    text = path.read_text(encoding="utf-8").replace(change.old, change.new)
    path.write_text(text, encoding="utf-8")
    status, output = run(copy, test)
    assert status == RED, output


@pytest.mark.exhaustive
def test_the_tests_of_all_rows_pass_without_a_change(copy: Path) -> None:
    tests = {test for changes in CHANGES.values() for change in changes for test in change.tests}
    status, output = run(copy, *sorted(tests))
    assert status == 0, output
