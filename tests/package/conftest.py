from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from create_group_id_tools.packaging.tree import TargetRuntime
from tests.package.projects import INDEX, ROOT, make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def runtime() -> TargetRuntime:
    """Use the Python that runs the tests as a runtime, so that no other needs to be there."""
    minor = "{}.{}".format(*sys.version_info)
    return TargetRuntime(f"python{minor}", minor, (2, 28))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder from which uv takes wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, value in {
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
        "UV_FIND_LINKS": str(folder),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def project(tmp_path: Path, wheels: Path, runtime: TargetRuntime) -> Callable[[str], Path]:
    """Make a project of a function and one library, in a folder of that name."""
    files = {"greeting/__init__.py": "CODE = 'InvalidPayload'\n", "greeting/py.typed": ""}
    lock = make_wheel(wheels, "greeting", files)

    def make(folder: str) -> Path:
        root = tmp_path / folder
        (root / "src").mkdir(parents=True)
        (root / "src" / "index.py").write_text(INDEX)
        (root / "requirements").mkdir()
        (root / "requirements" / f"{runtime.name}.lock").write_text(lock)
        return root

    return make


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the template and the stack, beside a zip of the function above."""
    root = tmp_path / "deployment"
    (root / "build").mkdir(parents=True)
    shutil.copyfile(ROOT / "template.yml", root / "template.yml")
    shutil.copytree(ROOT / "infra", root / "infra")
    with ZipFile(root / "build" / "create-group-id-python3.10.zip", "w") as file:
        file.writestr("index.py", INDEX)
        file.writestr("greeting.py", "CODE = 'InvalidPayload'\n")
    monkeypatch.setattr(
        "create_group_id_tools.packaging.interpreters.find",
        lambda minor: sys.executable,  # noqa: ARG005 - its signature
    )
    return root
