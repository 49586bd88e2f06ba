"""Collect the files of the zip: `src`, and the needed files of the locked wheels."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from create_group_id_tools.packaging import roots
from create_group_id_tools.project import ROOT, RUNTIMES

# The glibc of Debian 10 and Debian 11, the systems of the two runtimes:
# https://www.alibabacloud.com/help/en/functioncompute/fc/python/
_GLIBC = dict(zip(RUNTIMES, ((2, 28), (2, 31)), strict=True))

# Files that a runtime never opens. Licences stay, and the metadata in which scanners find versions.
_PRUNED = re.compile(
    r"\.lock|bin/.*|.*\.pyi|.*/py\.typed|[^/]+/(tests|benchmarks)/.*"
    r"|[^/]+\.dist-info/(?!METADATA$|licenses/).*"
    # requests detects no encoding if this is missing (requests.compat). The function needs none: it
    # reads JSON, which is UTF-8.
    r"|charset_normalizer(-[^/]+\.dist-info)?/.*"
    # idna only needs it for names that are not ASCII; endpoints are.
    r"|idna/uts46data\.py"
    # urllib3 only imports it in a browser.
    r"|urllib3/contrib/emscripten/.*"
)
_SOURCES = {".py", ".json"}


class PackageError(Exception):
    """A package cannot be built; the text is one line that says what to do."""


@dataclass(frozen=True)
class TargetRuntime:
    """A runtime of Function Compute: its name, its minor version of Python, and its glibc."""

    name: str
    minor: str
    glibc: tuple[int, int]

    @property
    def platform(self) -> str:
        """The name of the platform for uv."""
        return f"x86_64-manylinux_{self.glibc[0]}_{self.glibc[1]}"


TARGETS = {
    name: TargetRuntime(name, name.removeprefix("python"), glibc) for name, glibc in _GLIBC.items()
}


def gather(runtime: TargetRuntime, tree: Path, *, root: Path = ROOT) -> None:
    """Fill `tree` with all files that ship; raise `PackageError` if that fails."""
    install_wheels(runtime, root / "requirements" / f"{runtime.name}.lock", tree)
    prune(tree)
    copy_sources(root / "src", tree)
    write_metadata(root / "src", tree)
    roots.replace_bundle(tree)
    check_glibc(runtime, tree)


def install_wheels(runtime: TargetRuntime, lock: Path, tree: Path) -> None:
    """Unpack the locked wheels for the runtime; raise `PackageError` if that fails."""
    beside = Path(sys.executable).parent
    uv = shutil.which("uv", path=beside) or shutil.which("uv")
    if uv is None:
        raise PackageError("uv is missing; use `make package`, which installs it")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(tree)]
    command += ["--python-version", runtime.minor, "--python-platform", runtime.platform]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    completed = subprocess.run(
        command,
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if completed.returncode:
        raise PackageError(
            f"{lock.name}: uv could not install every wheel: {_one_line(completed.stderr)}"
        )


def _one_line(stderr: str) -> str:
    """Return uv's message as one line, without URLs, which may contain a password."""
    words = re.sub(r"[`(]?https?://\S+|[^ -~]+|hint:.*", " ", stderr, flags=re.DOTALL)
    return " ".join(words.removeprefix("error: ").split())[:300]


def prune(tree: Path) -> None:
    """Delete the files that a runtime never opens, and folders that are empty then."""
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif _PRUNED.fullmatch(path.relative_to(tree).as_posix()):
            path.unlink()


def copy_sources(src: Path, tree: Path) -> None:
    """Copy the function's files; raise `PackageError` for a file that cannot ship."""
    for path in sorted(src.rglob("*")):
        name = path.relative_to(src)
        # Also all in a hidden folder: caches of tools, copies by editors.
        if "__pycache__" in name.parts or any(part.startswith(".") for part in name.parts):
            continue
        if path.is_dir() and not path.is_symlink():
            continue
        if not path.is_file():
            # A walk does not enter the target of a link, so its files would be missing in the zip.
            raise PackageError(
                f"src/{name.as_posix()}: neither a file nor a folder; copy what it links to"
            )
        if path.suffix not in _SOURCES:
            raise PackageError(
                f"src/{name.as_posix()}: only .py and .json files ship; move it out of src/"
            )
        target = tree / name
        if target.exists():
            raise PackageError(
                f"src/{name.as_posix()}: a library has a file of this name; rename it"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def write_metadata(sources: Path, tree: Path) -> None:
    """Write the function's name and version as package metadata, where scanners look for them."""
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
                f"{name}: needs glibc {newest[0]}.{newest[1]}, but {runtime.name} has "
                f"{runtime.glibc[0]}.{runtime.glibc[1]}; lock an older wheel"
            )
