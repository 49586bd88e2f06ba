"""The folders that are measured: the function as it ships, and the baselines beside it.

Each is compiled by the interpreter that runs it, to byte code that is never checked against its
source, as in the zip. Nothing is compiled during a measurement.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from create_group_id_tools.packaging import build, interpreters
from create_group_id_tools.packaging.tree import TARGETS, PackageError
from create_group_id_tools.project import ROOT

FOLDER = ROOT / "build" / "bench"
LOCK = ROOT / "requirements" / "dev.lock"
# The packages that each baseline installs, in the versions of the lock file.
BASELINES = {
    "sdk": ("alibabacloud-onsmqtt20200420",),
    "sdk_async": ("alibabacloud-onsmqtt20200420",),
    "legacy": ("aliyun-python-sdk-core", "aliyun-python-sdk-onsmqtt"),
    "requests": ("requests",),
    "http_client": (),
    "bare": ("requests", "jsonschema"),  # only imported
}
BY_HAND = ("requests", "http_client")


@dataclass(frozen=True)
class Subjects:
    """The subjects of one runtime: a folder for each name, and their interpreter."""

    runtime: str
    python: str
    zipped: Path
    trees: dict[str, Path]


def prepare(runtime: str) -> Subjects:
    """Build and unpack the zip, and install the baselines once. Raise `PackageError`."""
    python = interpreters.find(TARGETS[runtime].minor)
    folder = FOLDER / runtime
    folder.mkdir(parents=True, exist_ok=True)
    zipped, _ = build.build(TARGETS[runtime])
    trees = {"ours": unpack(zipped, folder)}
    for name, requirements in BASELINES.items():
        trees[name] = _install(folder / name, python, requirements)
    return Subjects(runtime, python, zipped, trees)


def unpack(zipped: Path, folder: Path) -> Path:
    """Unpack a zip into a folder named after its hash, because another run may use another zip."""
    tree = folder / f"zip-{hashlib.sha256(zipped.read_bytes()).hexdigest()[:12]}"
    if not tree.exists():
        with tempfile.TemporaryDirectory(dir=folder) as draft, ZipFile(zipped) as file:
            file.extractall(Path(draft, "code"))
            Path(draft, "code").rename(tree)
    return tree


def _install(tree: Path, python: str, requirements: tuple[str, ...]) -> Path:
    baselines, ready = Path(__file__).parent / "baselines", tree / ".ready"
    sources = [baselines / tree.name / "index.py"]
    if tree.name in BY_HAND:
        sources.append(baselines / "signed_query.py")
    newest = max(file.stat().st_mtime for file in (LOCK, *sources))
    if ready.exists() and ready.stat().st_mtime > newest:
        return tree
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    if requirements:
        uv = str(Path(sys.executable).parent / "uv")
        command = [uv, "pip", "install", "--quiet", "--python", python, "--target", str(tree)]
        completed = subprocess.run(
            [*command, "--constraint", str(LOCK), *requirements], check=False
        )
        if completed.returncode:
            raise PackageError(f"uv cannot install {' '.join(requirements)}")
    for source in sources:
        shutil.copy(source, tree)
    command = [python, "-I", "-S", "-m", "compileall", "-q"]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    subprocess.run(command, check=True)
    ready.touch()
    return tree
