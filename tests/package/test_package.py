"""The zip has the same bytes everywhere, and runs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from click.testing import CliRunner

from create_group_id import __version__
from create_group_id_tools.cli import main
from create_group_id_tools.packaging import build, interpreters, trial
from create_group_id_tools.packaging.tree import TARGETS, PackageError, TargetRuntime
from tests.package.projects import INDEX, ROOT, VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Project = Callable[[str], Path]


def test_the_zip_has_the_same_bytes_in_every_folder(
    project: Project, runtime: TargetRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, versions = build.build(runtime, root=project("here"))
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    second, _ = build.build(runtime, root=project("a/longer folder/there"))
    assert first.read_bytes() == second.read_bytes()
    assert versions.startswith(f"CPython {runtime.minor}.")


def test_entries_are_sorted_and_of_one_time_and_mode(
    project: Project, runtime: TargetRuntime
) -> None:
    zipped, _ = build.build(runtime, root=project("here"))
    with ZipFile(zipped) as file:
        entries = file.infolist()
        assert file.testzip() is None
    cache = f"cpython-{runtime.minor.replace('.', '')}"
    assert [entry.filename for entry in entries] == [
        f"__pycache__/index.{cache}.pyc",
        "greeting/__init__.py",
        f"greeting/__pycache__/__init__.{cache}.pyc",
        "greeting-1.0.dist-info/METADATA",
        "greeting-1.0.dist-info/licenses/LICENSE",
        "index.py",
    ]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {oct(entry.external_attr >> 16) for entry in entries} == {"0o100644"}


def test_byte_code_stays_valid_when_file_times_change(
    project: Project, runtime: TargetRuntime, tmp_path: Path
) -> None:
    zipped, _ = build.build(runtime, root=project("here"))
    with ZipFile(zipped) as file:
        file.extractall(tmp_path / "code")
    # If byte code were checked by time or by hash, this source would be compiled, and fail.
    (tmp_path / "code" / "index.py").write_text("raise SystemExit('compiled')")
    script = "import index; print(index.handler.__code__.co_filename, index.ACTION)"
    completed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-B", "-c", script],
        cwd=tmp_path / "code",
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout.split()[1] == "CreateGroupId"


def test_byte_code_only_contains_the_path_in_the_cloud(
    project: Project, runtime: TargetRuntime
) -> None:
    zipped, _ = build.build(runtime, root=project("here"))
    with ZipFile(zipped) as file:
        codes = [file.read(name) for name in file.namelist() if name.endswith(".pyc")]
    assert len(codes) == 2
    for code in codes:
        assert b"/code/" in code
        assert str(zipped.parent.parent).encode() not in code


@pytest.mark.parametrize(
    ("source", "message"),
    (
        ("def handler(", "cannot compile the code: "),
        ("import absent", "the zip fails: ModuleNotFoundError: No module named 'absent'"),
        (INDEX.replace("def initialize", "def other"), "has no attribute 'initialize'"),
        ("import sys; sys.exit(0)", "the zip fails: its code ended the process before it "),
        ("import os; print(5); os._exit(0)", "the zip fails: its code ended the process before it"),
        (INDEX.replace("(500,", "(503,"), "returns 503 CredentialsMissing instead of 500"),
        (INDEX.replace("greeting.CODE", '"Other"'), "returns 400 Other instead of 400 Invalid"),
    ),
)
def test_a_failed_build_is_one_line_and_leaves_no_zip_not_even_an_old_one(
    project: Project, runtime: TargetRuntime, source: str, message: str
) -> None:
    root = project("here")
    old, _ = build.build(runtime, root=root)
    (root / "src" / "index.py").write_text(source)
    with pytest.raises(PackageError) as error_info:
        build.build(runtime, root=root)
    assert message in str(error_info.value)
    assert "\n" not in str(error_info.value)
    assert list(old.parent.iterdir()) == []


def test_a_zip_over_the_limit_is_refused(
    project: Project, runtime: TargetRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "MAX_BYTES", 100)
    with pytest.raises(PackageError, match="bytes, over the limit of 100"):
        build.build(runtime, root=project("here"))


def test_the_trial_has_an_empty_environment_and_records_what_the_function_reads(
    project: Project, runtime: TargetRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "testsecret")
    root = project("here")
    code = "    assert not dict(os.environ), 'not empty'\n    assert context.region\n"
    (root / "src" / "index.py").write_text(INDEX.replace("    assert context.region\n", code))
    zipped, _ = build.build(runtime, root=root)
    assert trial.variables_read(runtime, zipped, sys.executable) == set(VARIABLES)


def test_an_unknown_runtime_is_one_line_and_status_2() -> None:
    result = CliRunner().invoke(main, ["package", "--runtime", "python3.11"])
    assert result.exit_code == 2
    assert "'python3.11' is not one of 'python3.10', 'python3.12'" in result.output
    assert len(result.output.splitlines()) == 1


def test_a_missing_interpreter_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(PackageError, match=r"^CPython 3\.7 is missing; install python3\.7 on PATH"):
        interpreters.find("3.7")


def test_an_interpreter_of_pyenv_is_found_behind_a_shim_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, commands in {
        "bin/python3.7": "echo 'pyenv: python3.7: command not found' >&2; exit 127",
        "versions/3.7.1/bin/python": "echo cpython 3.7",
        "versions/3.7.0/bin/python": "echo pypy 3.7",
    }.items():
        script = tmp_path / path
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"#!/bin/sh\n{commands}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert interpreters.find("3.7") == str(tmp_path / "versions/3.7.1/bin/python")


def test_a_program_that_does_not_start_is_no_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python3.7"
    program.write_bytes(b"\x7fELF of another processor")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(PackageError, match=r"^CPython 3\.7 is missing"):
        interpreters.find("3.7")


def test_without_a_home_there_is_no_pyenv(monkeypatch: pytest.MonkeyPatch) -> None:
    # As for the user of a container who has a number and no name.
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    with pytest.raises(PackageError, match=r"^CPython 3\.7 is missing"):
        interpreters.find("3.7")


def test_output_of_other_programs_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.exit('caf\u00e9')\n", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path\n"
        "from create_group_id_tools.packaging import interpreters\n"
        "completed = interpreters.run(sys.executable, Path(sys.argv[1]))\n"
        "print(ascii(interpreters.last_line(completed.stderr)))"
    )
    completed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-X", "utf8=0", "-c", code, str(script)],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert completed.stdout == "'caf\\xe9'\n"


WRONG = {
    "ONSMQTT_INSTANCE_ID": "a b",
    "ONSMQTT_REGION_ID": "a.b",
    "ONSMQTT_ALLOWED_INSTANCE_IDS": "a b",
    "ONSMQTT_NETWORK": "private",
    "ONSMQTT_ENDPOINT": "http://example.com",
    "ONSMQTT_MAX_QPS": "nan",
    "ON_FAILURE": "ignore",
    "TENANT_GROUP_PREFIX": "GID-",
    "TENANT_SIGNUP_EVENT_TYPES": ",",
    "LOG_LEVEL": "loud",
}


@pytest.mark.once
@pytest.mark.parametrize("name", TARGETS)
def test_the_real_zip_is_small_and_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("src", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("UV_OFFLINE", "1")
    try:
        zipped, versions = build.build(TARGETS[name], root=tmp_path)
    except PackageError as error:
        if "is missing" in str(error) or "could not install every wheel" in str(error):
            pytest.skip(f"make package RUNTIME={name} fetches what this needs: {error}")
        raise
    assert zipped.stat().st_size <= 2 * 1024 * 1024
    with ZipFile(zipped) as file:
        names = file.namelist()
    assert "index.py" in names
    assert not [
        entry for entry in names if "/tests/" in entry or entry.endswith((".pyi", "/RECORD"))
    ]
    lines = build.report(zipped, versions).splitlines()
    assert lines[0] == f"{zipped.stat().st_size} bytes"
    assert lines[1] == f"  sha256 {hashlib.sha256(zipped.read_bytes()).hexdigest()}"
    assert f"create_group_id-{__version__}" in lines[3]
    assert "requests-2.34.2" in lines[3]
    entries = (TARGETS[name], zipped, interpreters.find(TARGETS[name].minor), trial.OURS)
    event = [trial.post_event({"GroupId": "GID-any"})]
    for variable, value in WRONG.items():
        environ = {"ONSMQTT_INSTANCE_ID": "mqtt-cn-any", variable: value}
        (response,) = trial.responses(*entries, environ, event)
        assert (response.code, variable in str(response.message)) == ("ConfigurationError", True)
