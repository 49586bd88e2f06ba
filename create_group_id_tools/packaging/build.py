"""The zip of a runtime, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from zipfile import ZipFile

from create_group_id_tools.packaging import interpreters, trial
from create_group_id_tools.packaging.tree import PackageError, TargetRuntime, gather
from create_group_id_tools.project import ROOT

_SCRIPTS = Path(__file__).parent
MAX_BYTES = 2 << 20


def archive(runtime: TargetRuntime, tree: Path, target: Path, python: str) -> str:
    """Compile and zip `tree` under the target's interpreter; returns the versions that it used.

    Raises `PackageError`.
    """
    script = _SCRIPTS / "archive.py"
    # Byte code shows the order of sets: https://docs.python.org/3/using/cmdline.html
    fixed = {"PYTHONHASHSEED": "0"}
    completed = interpreters.run(python, script, str(tree), str(target), environ=fixed)
    if completed.returncode:
        raise PackageError(
            f"{runtime.name}: no byte code: {interpreters.last_line(completed.stderr)}"
        )
    return completed.stdout.strip()


def record_patterns(runtime: TargetRuntime, tree: Path, python: str) -> None:
    """Lay the regular expressions that `create_group_id.pattern_cache` reads, compiled."""
    if not (tree / "create_group_id" / "pattern_cache.py").exists():
        return
    # What a deployed function has, since the pattern of a variable is compiled where it is set.
    configured = {"ONSMQTT_INSTANCE_ID": "mqtt", "ONSMQTT_REGION_ID": "cn", "ONSMQTT_MAX_QPS": "1"}
    environ = configured | {"PYTHONHASHSEED": "0"}
    completed = interpreters.run(python, _SCRIPTS / "patterns.py", str(tree), environ=environ)
    if completed.returncode:
        raise PackageError(
            f"{runtime.name}: the function fails: {interpreters.last_line(completed.stderr)}"
        )


def build(runtime: TargetRuntime, *, root: Path = ROOT) -> tuple[Path, str]:
    """Build and try the zip; returns its path and the versions on which its bytes depend.

    No zip is left where it fails, not even an older one, which would be deployed in its place.
    Raises `PackageError`.
    """
    target = root / "build" / f"create-group-id-{runtime.name}.zip"
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    python = interpreters.find(runtime.minor)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        tree, draft = Path(folder, "code"), Path(folder, target.name)
        gather(runtime, tree, root=root)
        record_patterns(runtime, tree, python)
        versions = archive(runtime, tree, draft, python)
        if draft.stat().st_size > MAX_BYTES:
            raise PackageError(f"{target.name}: {draft.stat().st_size} bytes, over {MAX_BYTES}")
        trial.variables_read(runtime, draft, python)
        draft.replace(target)
    return target, versions


def report(zipped: Path, versions: str, root: Path = ROOT) -> str:
    """Describe a zip: path, size, SHA-256, and the versions inside and under it."""
    content = zipped.read_bytes()
    with ZipFile(zipped) as file:
        folders = {name.partition("/")[0] for name in file.namelist()}
    libraries = (name.removesuffix(".dist-info") for name in folders if name.endswith("-info"))
    return "\n".join(
        [
            f"{zipped.relative_to(root)}  {len(content)} bytes",
            f"  sha256 {hashlib.sha256(content).hexdigest()}",
            f"  {versions}",
            f"  {' '.join(sorted(libraries))}",
        ]
    )
