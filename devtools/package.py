"""`package`: the zip that `template.yml` deploys, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

import click

from devtools import package_python
from devtools.package_tree import ROOT, RUNTIMES, PackageError, Runtime, gather

_SCRIPTS = Path(__file__).parent
MAX_BYTES = 2 << 20


def archive(runtime: Runtime, tree: Path, target: Path, python: str) -> str:
    """Compile and zip `tree` under the target's interpreter; returns the versions that it used.

    Raises `PackageError`.
    """
    script = _SCRIPTS / "package_archive.py"
    # Byte code shows the order of sets: https://docs.python.org/3/using/cmdline.html
    fixed = {"PYTHONHASHSEED": "0"}
    done = package_python.run(python, script, str(tree), str(target), environ=fixed)
    if done.returncode:
        raise PackageError(f"{runtime.name}: no byte code: {package_python.gist(done.stderr)}")
    return done.stdout.strip()


def try_out(
    runtime: Runtime,
    zipped: Path,
    python: str,
    entries: tuple[str, str] = ("index.handler", "index.initialize"),
) -> set[str]:
    """Unpack the zip and invoke it under the target's interpreter, in an empty environment.

    Returns the names of the environment's variables that the function read; raises `PackageError`.
    """
    with tempfile.TemporaryDirectory() as folder:
        with ZipFile(zipped) as file:
            file.extractall(folder)
        script = _SCRIPTS / "package_trial.py"
        done = package_python.run(python, script, folder, runtime.name, *entries)
    if done.returncode:
        raise PackageError(f"{runtime.name}: the zip fails: {package_python.gist(done.stderr)}")
    return set(json.loads(done.stdout.splitlines()[-1]))


def build(runtime: Runtime, *, root: Path = ROOT) -> tuple[Path, str]:
    """Build and try the zip; returns its path and the versions on which its bytes depend.

    No zip is left where it fails, not even an older one, which would be deployed in its place.
    Raises `PackageError`.
    """
    target = root / "build" / f"create-group-id-{runtime.name}.zip"
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    python = package_python.find(runtime.minor)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        tree, draft = Path(folder, "code"), Path(folder, target.name)
        gather(runtime, tree, root=root)
        versions = archive(runtime, tree, draft, python)
        if draft.stat().st_size > MAX_BYTES:
            raise PackageError(f"{target.name}: {draft.stat().st_size} bytes, over {MAX_BYTES}")
        try_out(runtime, draft, python)
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


@click.command(short_help="Build the zip that template.yml deploys.")
@click.option(
    "--runtime", "name", default="python3.10", show_default=True, help=" or ".join(RUNTIMES)
)
def command(name: str) -> None:
    """Build the zip of a runtime, reproducibly, and invoke it under that runtime's Python."""
    if name not in RUNTIMES:
        fail(f"no runtime {name!r}: take {' or '.join(RUNTIMES)}")
    try:
        zipped, versions = build(RUNTIMES[name])
    except PackageError as error:
        fail(str(error))
    click.echo(report(zipped, versions))


def fail(message: str) -> None:
    """Say one line and end with status 2."""
    click.echo(f"package: {message}", err=True)
    sys.exit(2)
