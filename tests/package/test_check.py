"""The output and the status of the command `check`."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from create_group_id_tools.commands import check
from create_group_id_tools.packaging import interpreters
from create_group_id_tools.packaging.tree import PackageError

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = "template.yml"
STACK = "infra/ros.yml"


def run(root: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(check, "ROOT", root)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # noqa: ARG005 - a machine without node
    result = CliRunner().invoke(check.command, list(arguments))
    return result.exit_code, result.output


CAPACITY = (
    "creates up to 30,109 groups per hour; handles a burst of up to {} events, as many as it "
    "creates in the {} hours for which {}"
)


def test_without_node_a_note_says_so_and_the_rest_runs(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, output = run(deployment, monkeypatch)
    assert status == 0
    assert output.splitlines() == [
        "s preview was skipped, because node or npm is missing; everything else was checked",
        # 0.92 of 10 calls per second, 1.1 calls per group; five hours, and seven days.
        f"events: {CAPACITY.format('150,545', 5, 'FC retries an event')}",
        f"bulk: {CAPACITY.format('5,058,327', 168, 'its queue keeps a message')}",
        "no problems",
    ]


def test_each_problem_is_a_line_and_the_status_is_3(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deployment / TEMPLATE
    path.write_text(path.read_text().replace("authType: function", "authType: anonymous"))
    status, output = run(deployment, monkeypatch)
    assert status == 3
    place = "callers: triggers[0].triggerConfig.authType"
    assert output.splitlines()[1:] == [
        f"template.yml: {place}: must be function or jwt; otherwise anyone can call it",
        "1 problem",
    ]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    (
        (TEMPLATE, None, "template.yml: No such file or directory"),
        (TEMPLATE, "resources: [", "template.yml: invalid YAML at line 1"),
        (TEMPLATE, "resources: {a: {props: {cpu: .nan}}}", "invalid YAML: a malformed value, or"),
        (TEMPLATE, "vars: {}", "template.yml: resources: must be a map"),
        (
            TEMPLATE,
            "resources: {a: {props: '${vars.nope}'}}",
            "template.yml: vars.nope is not declared",
        ),
        (TEMPLATE, "resources: {a: '${file(x)}'}", "template.yml: ${file(x)} is not supported"),
        (STACK, "[]", "infra/ros.yml: must be a map"),
        (STACK, "{", "infra/ros.yml: invalid YAML"),
        ("build/create-group-id-python3.10.zip", None, "is missing; run make package RUNTIME"),
        (
            "build/create-group-id-python3.10.zip",
            "PK",
            "is damaged; run make package RUNTIME",
        ),
    ),
)
def test_bad_input_is_one_line_and_status_2(
    deployment: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    content: str | None,
    message: str,
) -> None:
    if content is None:
        (deployment / file).unlink()
    else:
        (deployment / file).write_text(content)
    status, output = run(deployment, monkeypatch)
    assert status == 2
    assert output.startswith("Error: ")
    assert message in output
    assert output.count("\n") == 1


@pytest.mark.parametrize("file", (TEMPLATE, STACK))
def test_a_file_in_another_encoding_is_named(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    # As a redirection of Windows PowerShell writes it.
    (deployment / file).write_text((deployment / file).read_text(), encoding="utf-16")
    status, output = run(deployment, monkeypatch)
    assert (status, output) == (2, f"Error: {file}: not UTF-8; save it in that encoding\n")


def damaged(zipped: bytes, how: str) -> bytes:
    content = bytearray(zipped)
    if how == "content":
        content[content.index(b"OpenAPI of another")] ^= 1
    elif how == "truncated":
        del content[100:200]
    else:  # encrypted
        for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            content[content.index(signature) + offset] |= 1
    return bytes(content)


@pytest.mark.parametrize("how", ("content", "truncated", "encrypted"))
def test_a_zip_that_cannot_be_unpacked_is_damaged(
    deployment: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    zipped = deployment / "build" / "create-group-id-python3.10.zip"
    with ZipFile(zipped, "a") as file:
        file.writestr("note.txt", "OpenAPI of another")
    zipped.write_bytes(damaged(zipped.read_bytes(), how))
    status, output = run(deployment, monkeypatch)
    name = "create-group-id-python3.10.zip"
    assert (status, output) == (
        2,
        f"Error: build/{name} is damaged; run make package RUNTIME=python3.10\n",
    )


def test_a_zip_whose_code_does_not_parse_fails(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ZipFile(deployment / "build" / "create-group-id-python3.10.zip", "w") as file:
        file.writestr("index.py", "def (")
    status, output = run(deployment, monkeypatch)
    assert status == 3
    assert "python3.10: the zip fails: SyntaxError" in output


def test_deploy_demands_variables_that_check_alone_has_examples_for(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONSMQTT_INSTANCE_ID", raising=False)
    status, output = run(deployment, monkeypatch, "--deploy")
    assert status == 2
    assert output.startswith("Error: template.yml: ONSMQTT_INSTANCE_ID is not set; export it")


def test_a_missing_interpreter_is_one_line_and_status_2(
    deployment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(minor: str) -> str:
        raise PackageError(f"CPython {minor} is missing: put it on PATH")

    monkeypatch.setattr(interpreters, "find", missing)
    status, output = run(deployment, monkeypatch)
    assert (status, output) == (2, "Error: CPython 3.10 is missing: put it on PATH\n")


def test_json_is_one_document(deployment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "ROOT", deployment)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # noqa: ARG005 - a machine without node
    result = CliRunner().invoke(check.command, ["--json"])
    assert (result.exit_code, json.loads(result.stdout)["problems"]) == (0, [])
