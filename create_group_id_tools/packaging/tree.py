"""The tree that becomes the zip: `src`, and the wheels of one runtime's lock, pruned."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from create_group_id_tools.packaging import roots
from create_group_id_tools.project import ROOT, RUNTIMES

# Debian 10 and Debian 11, the systems of the two runtimes:
# https://www.alibabacloud.com/help/en/functioncompute/fc/python/
_GLIBC = dict(zip(RUNTIMES, ((2, 28), (2, 31)), strict=True))

# What a runtime never opens. Licences stay, and the metadata by which scanners know versions.
_PRUNED = re.compile(
    r"\.lock|bin/.*|.*\.pyi|.*/py\.typed|[^/]+/(tests|benchmarks)/.*"
    r"|[^/]+\.dist-info/(?!METADATA$|licenses/).*"
    # requests guesses no encoding where no detector is installed (requests.compat); the function
    # reads bytes as JSON, which is UTF-8, and asks for no guess.
    r"|charset_normalizer(-[^/]+\.dist-info)?/.*"
    # idna reads it for names that are not ASCII, which no endpoint is.
    r"|idna/uts46data\.py"
    # urllib3 imports it where Python runs in a browser.
    r"|urllib3/contrib/emscripten/.*"
)
_SOURCES = {".py", ".json"}


class PackageError(Exception):
    """A package that cannot be built; its text is one line that says what to do."""


@dataclass(frozen=True)
class TargetRuntime:
    """A runtime of Function Compute: its name, its Python's minor version, its system's glibc."""

    name: str
    minor: str
    glibc: tuple[int, int]

    @property
    def platform(self) -> str:
        """The platform's name for uv."""
        return f"x86_64-manylinux_{self.glibc[0]}_{self.glibc[1]}"


TARGETS = {
    name: TargetRuntime(name, name.removeprefix("python"), glibc) for name, glibc in _GLIBC.items()
}


def gather(runtime: TargetRuntime, tree: Path, *, root: Path = ROOT) -> None:
    """Fill `tree` with all that ships; raises `PackageError`."""
    install_wheels(runtime, root / "requirements" / f"{runtime.name}.lock", tree)
    prune(tree)
    copy_sources(root / "src", tree)
    write_metadata(root / "src", tree)
    roots.replace_bundle(tree)
    check_glibc(runtime, tree)


def install_wheels(runtime: TargetRuntime, lock: Path, tree: Path) -> None:
    """Unpack the locked wheels, whatever Python this is; raises `PackageError`."""
    beside = Path(sys.executable).parent
    uv = shutil.which("uv", path=beside) or shutil.which("uv")
    if uv is None:
        raise PackageError("uv is missing: use `make package`, whose environment has it")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(tree)]
    command += ["--python-version", runtime.minor, "--python-platform", runtime.platform]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    completed = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
    )
    if completed.returncode:
        raise PackageError(
            f"{lock.name}: uv could not install every wheel: {_one_line(completed.stderr)}"
        )


def _one_line(stderr: str) -> str:
    """Make one line of uv's message, without addresses, which may hold a password."""
    words = re.sub(r"[`(]?https?://\S+|[^ -~]+|hint:.*", " ", stderr, flags=re.DOTALL)
    return " ".join(words.removeprefix("error: ").split())[:300]


def prune(tree: Path) -> None:
    """Delete what a runtime never opens, and the folders that this empties."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif _PRUNED.fullmatch(path.relative_to(tree).as_posix()):
            path.unlink()


def copy_sources(src: Path, tree: Path) -> None:
    """Copy the function beside its libraries; raises `PackageError` for a file of another kind."""
    for path in sorted(src.rglob("*")):
        name = path.relative_to(src)
        if path.is_dir() or "__pycache__" in name.parts or name.name.startswith("."):
            continue
        if path.suffix not in _SOURCES:
            raise PackageError(f"src/{name.as_posix()}: only .py and .json ship: move it elsewhere")
        target = tree / name
        if target.exists():
            raise PackageError(f"src/{name.as_posix()}: a library ships a file of that name")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def write_metadata(sources: Path, tree: Path) -> None:
    """Write the function's name and version where scanners find those of its libraries."""
    module = sources / "create_group_id" / "__init__.py"
    text = module.read_text(encoding="utf-8") if module.exists() else ""
    version = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if version is None:
        return
    folder = tree / f"create_group_id-{version[1]}.dist-info"
    folder.mkdir()
    fields = f"Metadata-Version: 2.4\nName: create-group-id\nVersion: {version[1]}\n"
    (folder / "METADATA").write_text(f"{fields}License-Expression: Apache-2.0\n")


def check_glibc(runtime: TargetRuntime, tree: Path) -> None:
    """Raise `PackageError` for a shared object that needs a newer glibc than the runtime has."""
    for path in sorted(tree.rglob("*.so")):
        needed = {
            (int(major), int(minor))
            for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())
        }
        if needed and max(needed) > runtime.glibc:
            name, newest = path.relative_to(tree).as_posix(), max(needed)
            raise PackageError(
                f"{name}: needs glibc {newest[0]}.{newest[1]}, {runtime.name} has "
                f"{runtime.glibc[0]}.{runtime.glibc[1]}: lock an older wheel"
            )
