"""Set up a virtual environment: `setup.py [--check] VENV LOCK`, in the standard library alone.

With `--check` the status says whether it is there, whole, of these locks, and in this place.
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
# What the distributions' metadata says is part of an editable install.
DISTRIBUTIONS = (Path("stub"), Path())
LOG = Path("build/setup.log")


class SetupError(Exception):
    """A step that failed; the text says which, and what to do."""


def stamp(venv: Path, lock: Path) -> str:
    """Return what the environment is made of, and where: nothing in it survives a move."""
    files = [UV, lock, Path(__file__), *(folder / "pyproject.toml" for folder in DISTRIBUTIONS)]
    contents = b"".join(file.read_bytes().partition(b"\n[tool.")[0] for file in files)
    return f"{venv.resolve()} {hashlib.sha256(contents).hexdigest()}\n"


def is_ready(venv: Path, lock: Path) -> bool:
    """Return whether the set-up of this environment was finished, and its Python still starts."""
    start = [str(venv / "bin" / "python"), "-I", "-S", "-c", ""]
    try:
        finished = (venv / ".ready").read_text() == stamp(venv, lock)
        return finished and subprocess.run(start, check=False).returncode == 0
    except OSError:
        return False


def build(venv: Path, lock: Path) -> None:
    """Make the environment anew; raises `SetupError`."""
    print(
        f"Setting up {venv}, once: about half a minute, from the package registry.", file=sys.stderr
    )
    shutil.rmtree(venv, ignore_errors=True)
    python, uv = str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    locked = ["--require-hashes", "-r"]
    run("venv", [sys.executable, "-I", "-m", "venv", str(venv)])
    run("pip", [python, "-I", "-m", "pip", "install", "--progress-bar=off", *locked, str(UV)])
    # uv does not compile unless told, and every cold import would pay for it. The lock is whole,
    # and knows better than a package's own bounds: requirements/dev.override.
    install = [uv, "pip", "install", "--python", python, "--no-deps"]
    if not has_cache():
        install.append("--no-cache")
    run("uv", [*install, "--compile-bytecode", *locked, str(lock)])
    editable = [part for folder in DISTRIBUTIONS for part in ("--editable", str(folder))]
    run("uv", [*install, *editable])
    make_relative(venv)
    (venv / ".ready").write_text(stamp(venv, lock))


def make_relative(venv: Path) -> None:
    """Write the paths of editable installs as relative ones.

    Python reads them in the locale's encoding, which in the C locale cannot hold every path.
    """
    for file in venv.glob("lib/python*/site-packages/*.pth"):
        text = file.read_text(encoding="utf-8").strip()
        if Path(text).is_dir():
            file.write_text(os.path.relpath(text, file.parent) + "\n", encoding="utf-8")


def has_cache() -> bool:
    """Return whether uv can write its cache."""
    base = (
        os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    )
    folder = Path(base)
    while not folder.exists():
        folder = folder.parent
    return os.access(folder, os.W_OK)


def run(name: str, command: list[str]) -> None:
    """Run a step, its output in the log; raises `SetupError`."""
    LOG.parent.mkdir(exist_ok=True)
    # Of the developer's settings only those are in the way.
    environ = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with LOG.open("ab+") as log:
        start = log.tell()
        status = subprocess.run(
            command, check=False, stdout=log, stderr=log, env=environ
        ).returncode
        log.seek(start)
        output = log.read().decode(errors="replace")
    if status:
        raise SetupError(f"{name}: {reason(output)} (all of its output: {LOG})")


def reason(output: str) -> str:
    """Return one line of a program's output, without addresses, which may hold a password."""
    unreachable = ("onnection", "from versions: none", "dns error", "Max retries", "request failed")
    if any(sign in output for sign in unreachable):
        return "the package registry cannot be reached: check the network and the proxy"
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    lines = lines or output.split("\n")[-2:-1] or ["it gave no reason"]
    return lines[-1].partition("://")[0][:300]


def main(arguments: list[str]) -> int:
    """Set up, or check; returns the exit status."""
    venv, lock = map(Path, arguments[-2:])
    if "--check" in arguments:
        return 0 if is_ready(venv, lock) else 1
    try:
        # Released with the process, however it ends.
        with Path(f"{venv}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"Waiting for another set-up of {venv}.", file=sys.stderr)
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
        print("Set-up stopped: the same command starts it again.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
