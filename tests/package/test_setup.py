"""Setting up the environment: its messages, what it refuses, what it repairs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
NO_VENV = """#!/bin/sh
exec "{python}" -c 'import sys
sys.modules["ensurepip"] = None
exec(sys.argv[1])' "$3"
"""
OLD = '#!/bin/sh\necho "/usr/bin/python 3.9 is not CPython 3.10 or newer" >&2\nexit 1\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what set-up reads to a place with a blank in its name."""
    root = tmp_path / "a \u4e0a\u6d77"
    (root / "stub").mkdir(parents=True)
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("pyproject.toml", "stub/pyproject.toml"):
        shutil.copyfile(ROOT / name, root / name)
    return root


def set_up(project: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/setup.sh", ".venv", "requirements/dev.lock"],  # noqa: S607 - found on PATH
        check=False,
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(project / "home"), **environ},
        capture_output=True,
        text=True,
    )


def an_interpreter(folder: Path, script: str) -> str:
    path = folder / "a python"
    path.write_text(script.format(python=sys.executable))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "message"),
    (
        (OLD, "is not CPython 3.10 or newer"),
        (NO_VENV, "has no venv module (on Debian: apt-get install python3."),
        (None, "not found: /nowhere/python"),
    ),
)
def test_an_unusable_python_is_named_in_one_line(
    project: Path, script: str | None, message: str
) -> None:
    python = an_interpreter(project, script) if script else "/nowhere/python"
    completed = set_up(project, PYTHON=python)
    assert completed.returncode == 2
    assert message in completed.stderr
    assert len(completed.stderr.splitlines()) == 1


def test_without_a_network_the_reason_is_one_line(project: Path) -> None:
    nobody = "http://127.0.0.1:9/simple"
    completed = set_up(project, PYTHON=sys.executable, PIP_INDEX_URL=nobody, PIP_RETRIES="0")
    first, second = completed.stderr.splitlines()
    assert first.startswith("Setting up .venv from the package registry")
    assert second.startswith("Set-up failed: pip: the package registry cannot be reached; check")
    assert (completed.returncode, "://" in completed.stderr) == (2, False)
    assert not (project / ".venv" / ".ready").exists()


@pytest.fixture
def setup() -> ModuleType:
    path = ROOT / "scripts" / "setup.py"
    spec = importlib.util.spec_from_file_location("setup_script", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_environment_is_only_ready_if_it_starts_is_of_these_locks_and_in_its_place(
    project: Path, setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    venv, lock = Path(".venv"), Path("requirements/dev.lock")
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    assert not setup.is_ready(venv, lock)
    (venv / ".ready").write_text(setup.stamp(venv, lock))
    assert setup.is_ready(venv, lock)
    moved = project.with_name("moved")
    project.rename(moved)
    monkeypatch.chdir(moved)
    assert not setup.is_ready(venv, lock)
    (venv / ".ready").write_text(setup.stamp(venv, lock))
    lock.write_text("")
    assert not setup.is_ready(venv, lock)
    (venv / ".ready").write_text(setup.stamp(venv, lock))
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python")
    assert not setup.is_ready(venv, lock)


def test_a_cache_is_used_where_it_can_be_written(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    assert setup.has_cache()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert not setup.has_cache()


def test_a_user_without_a_home_has_no_cache(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    assert not setup.has_cache()


@pytest.mark.parametrize(
    ("output", "message"),
    (
        ("error: no space left on device\n", "error: no space left on device"),
        ("it broke\n", "it broke"),
        ("", "no reason given"),
        ("ERROR: from https://user:hush@registry.example\n", "ERROR: from https"),
    ),
)
def test_a_reason_is_one_line_without_a_url(setup: ModuleType, output: str, message: str) -> None:
    assert setup.reason(output) == message


def test_the_path_of_an_editable_install_is_relative(
    project: Path, setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that the C locale cannot hold would stop every Python of the environment."""
    monkeypatch.chdir(project)
    packages = Path(".venv/lib/python3.11/site-packages")
    packages.mkdir(parents=True)
    (packages / "ours.pth").write_text(f"{project / 'stub'}\n", encoding="utf-8")
    (packages / "other.pth").write_text("import sys\n")
    cached = project / "cached.pth"
    cached.hardlink_to(packages / "ours.pth")
    setup.make_relative(Path(".venv"))
    setup.make_relative(Path(".venv"))
    assert (packages / "ours.pth").read_text() == "../../../../stub\n"
    assert cached.read_text(encoding="utf-8") == f"{project / 'stub'}\n", "uv's file is changed"
    assert (packages / "other.pth").read_text() == "import sys\n"
