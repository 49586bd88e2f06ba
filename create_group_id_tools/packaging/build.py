"""Build the zip of a runtime, with the same bytes on every host."""

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
    """Compile and zip `tree` with the target's interpreter; return the versions that it used.

    Raise `PackageError` if that fails.
    """
    script = _SCRIPTS / "archive.py"
    # Byte code contains sets in their order: https://docs.python.org/3/using/cmdline.html
    fixed = {"PYTHONHASHSEED": "0"}
    completed = interpreters.run(python, script, str(tree), str(target), environ=fixed)
    if completed.returncode:
        raise PackageError(
            f"{runtime.name}: cannot compile the code: {interpreters.last_line(completed.stderr)}"
        )
    return completed.stdout.strip()


def record_patterns(runtime: TargetRuntime, tree: Path, python: str) -> None:
    """Write the compiled regular expressions that `create_group_id.pattern_cache` reads."""
    if not (tree / "create_group_id" / "pattern_cache.py").exists():
        return
    # Set as in a deployed function, since the pattern for a variable is only compiled if it is set.
    configured = {"ONSMQTT_INSTANCE_ID": "mqtt", "ONSMQTT_REGION_ID": "cn", "ONSMQTT_MAX_QPS": "1"}
    environ = configured | {"PYTHONHASHSEED": "0"}
    completed = interpreters.run(python, _SCRIPTS / "patterns.py", str(tree), environ=environ)
    if completed.returncode:
        raise PackageError(
            f"{runtime.name}: the function fails: {interpreters.last_line(completed.stderr)}"
        )


def build(runtime: TargetRuntime, *, root: Path = ROOT) -> tuple[Path, str]:
    """Build the zip and invoke it; return its path and the versions on which its bytes depend.

    If that fails, raise `PackageError` and leave no zip, not even an old one, which would be
    deployed instead.
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
            raise PackageError(
                f"{target.name}: {draft.stat().st_size} bytes, over the limit of {MAX_BYTES}"
            )
        trial.variables_read(runtime, draft, python)
        draft.replace(target)
    return target, versions


def report(zipped: Path, versions: str) -> str:
    """Describe a zip: its size, its SHA-256, and the versions that it contains or depends on."""
    content = zipped.read_bytes()
    with ZipFile(zipped) as file:
        folders = {name.partition("/")[0] for name in file.namelist()}
    libraries = (name.removesuffix(".dist-info") for name in folders if name.endswith("-info"))
    return "\n".join(
        [
            f"{len(content)} bytes",
            f"  sha256 {hashlib.sha256(content).hexdigest()}",
            f"  {versions}",
            f"  {' '.join(sorted(libraries))}",
        ]
    )
