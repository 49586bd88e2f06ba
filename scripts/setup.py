"""Set up a virtual environment: `setup.py [--check] VENV LOCK`, with the standard library alone.

With `--check` exit with 0 if it is complete, from these lock files, and in this place, else with 1.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

UV = Path("requirements/uv.lock")
# Installed in editable mode, which copies the metadata of their pyproject.toml.
DISTRIBUTIONS = (Path("stub"), Path())
LOG = Path("build/setup.log")


class SetupError(Exception):
    """A step of the set-up failed; the text says which, and what to do."""


def stamp(venv: Path, lock: Path) -> str:
    """Return the environment's path, which it cannot change, and the hash of its sources."""
    files = [UV, lock, Path(__file__), *(folder / "pyproject.toml" for folder in DISTRIBUTIONS)]
    contents = b"".join(file.read_bytes().partition(b"\n[tool.")[0] for file in files)
    return f"{venv.resolve()} {hashlib.sha256(contents).hexdigest()}\n"


def is_ready(venv: Path, lock: Path) -> bool:
    """Return whether the set-up of this environment finished, and its Python still starts."""
    start = [str(venv / "bin" / "python"), "-I", "-S", "-c", ""]
    try:
        finished = (venv / ".ready").read_text() == stamp(venv, lock)
        return finished and subprocess.run(start, check=False).returncode == 0
    except OSError:
        return False


def build(venv: Path, lock: Path) -> None:
    """Create the environment, in place of an old one; raise `SetupError` if a step fails."""
    print(
        f"Setting up {venv} from the package registry, which takes about half a minute.",
        file=sys.stderr,
    )
    shutil.rmtree(venv, ignore_errors=True)
    python, uv = str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    locked = ["--require-hashes", "-r"]
    run("venv", [sys.executable, "-I", "-m", "venv", str(venv)])
    run("pip", [python, "-I", "-m", "pip", "install", "--progress-bar=off", *locked, str(UV)])
    # uv compiles nothing by default, which would slow down every first import. --no-deps, since the
    # lock is complete, and overrides the bounds of some packages: requirements/dev.override.
    install = [uv, "pip", "install", "--python", python, "--no-deps"]
    if not has_cache():
        install.append("--no-cache")
    run("uv", [*install, "--compile-bytecode", *locked, str(lock)])
    editable = [part for folder in DISTRIBUTIONS for part in ("--editable", str(folder))]
    run("uv", [*install, *editable])
    make_relative(venv)
    (venv / ".ready").write_text(stamp(venv, lock))


def make_relative(venv: Path) -> None:
    """Make the paths of editable installs relative.

    Python reads them in the encoding of the locale, in which some paths do not exist.
    """
    for file in venv.glob("lib/python*/site-packages/*.pth"):
        text = file.read_text(encoding="utf-8").strip()
        if Path(text).is_absolute() and Path(text).is_dir():
            # A new file: uv links this one to its cache, and so to every other environment.
            file.unlink()
            file.write_text(os.path.relpath(text, file.parent) + "\n", encoding="utf-8")


def has_cache() -> bool:
    """Return whether uv can write its cache."""
    base = (
        os.environ.get("UV_CACHE_DIR")
        or os.environ.get("XDG_CACHE_HOME")
        or os.path.expanduser("~/.cache")  # noqa: PTH111 - Path.home may raise
    )
    if base.startswith("~"):
        return False  # a user of a container may have no home
    folder = Path(base)
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


def run(name: str, command: list[str]) -> None:
    """Run a step, and write its output to the log; raise `SetupError` if it fails."""
    LOG.parent.mkdir(exist_ok=True)
    # The only settings of a developer that would do harm.
    environ = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with LOG.open("ab+") as log:
        start = log.tell()
        status = subprocess.run(
            command, check=False, stdout=log, stderr=log, env=environ
        ).returncode
        log.seek(start)
        output = log.read().decode(errors="replace")
    if status:
        raise SetupError(f"{name}: {reason(output)} (full output: {LOG})")


def reason(output: str) -> str:
    """Return the line of a program's output that says why it failed, without URLs.

    A URL may contain a password.
    """
    unreachable = ("onnection", "from versions: none", "dns error", "Max retries", "request failed")
    if any(sign in output for sign in unreachable):
        return "the package registry cannot be reached; check the network and the proxy"
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    lines = lines or output.split("\n")[-2:-1] or ["no reason given"]
    return lines[-1].partition("://")[0][:300]


def main(arguments: list[str]) -> int:
    """Set up or check the environment; return the exit status."""
    venv, lock = (Path(argument) for argument in arguments if argument != "--check")
    if "--check" in arguments:
        return 0 if is_ready(venv, lock) else 1
    try:
        # The lock is released when the process ends, whatever the reason.
        with Path(f"{venv}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"Waiting for another set-up of {venv} to finish.", file=sys.stderr)
                fcntl.flock(file, fcntl.LOCK_EX)
            if not is_ready(venv, lock):
                build(venv, lock)
    except SetupError as error:
        print(f"Set-up failed: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"Set-up failed: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Set-up stopped. Run the same command to start it again.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
