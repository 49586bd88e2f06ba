"""The folders that are measured: the function as it ships, and its two peers.

All are compiled by the interpreter that runs them, byte code that is never checked against its
source, as in the zip; none is compiled again while it runs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from devtools import package, package_python
from devtools.package_tree import ROOT, RUNTIMES

FOLDER = ROOT / "build" / "bench"
LOCK = ROOT / "requirements" / "dev.lock"
# What each peer installs, in the versions of the lock, whole as pip gives them.
PEERS = {"sdk": ("alibabacloud-onsmqtt20200420",), "bare": ("requests", "jsonschema")}


@dataclass(frozen=True)
class Field:
    """The contestants of one runtime, each a folder by its name, and their interpreter."""

    runtime: str
    python: str
    zipped: Path
    trees: dict[str, Path]


def gather(runtime: str) -> Field:
    """Build the zip and unpack it; install the peers, once; raises `PackageError`."""
    python = package_python.find(RUNTIMES[runtime].minor)
    folder = FOLDER / runtime
    folder.mkdir(parents=True, exist_ok=True)
    zipped, _ = package.build(RUNTIMES[runtime])
    trees = {"ours": unpack(zipped, folder / "ours")}
    for name, requirements in PEERS.items():
        trees[name] = _install(folder / name, python, requirements)
    return Field(runtime, python, zipped, trees)


def unpack(zipped: Path, tree: Path) -> Path:
    """Unpack a zip anew; gives the folder."""
    shutil.rmtree(tree, ignore_errors=True)
    with ZipFile(zipped) as file:
        file.extractall(tree)
    return tree


def _install(tree: Path, python: str, requirements: tuple[str, ...]) -> Path:
    ready = tree / ".ready"
    if not ready.exists() or ready.stat().st_mtime < LOCK.stat().st_mtime:
        shutil.rmtree(tree, ignore_errors=True)
        uv = str(Path(sys.executable).parent / "uv")
        command = [uv, "pip", "install", "--quiet", "--python", python, "--target", str(tree)]
        subprocess.run([*command, "--constraint", str(LOCK), *requirements], check=True)
        ready.touch()
    shutil.copyfile(Path(__file__).parent / "peers" / tree.name / "index.py", tree / "index.py")
    compiling = [python, "-I", "-S", "-m", "compileall", "-q"]
    compiling += ["--invalidation-mode", "unchecked-hash", str(tree)]
    subprocess.run(compiling, check=True)
    return tree
