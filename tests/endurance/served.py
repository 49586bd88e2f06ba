"""`serve` as a process, with all its files in one folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]


class Served:
    """A running server. The log of the functions is in the file `log`."""

    def __init__(
        self, folder: Path, process: subprocess.Popen[str], log: Path, *, traced: bool
    ) -> None:
        self.failures = folder / "failures.jsonl"
        self.successes = folder / "successes.jsonl"
        self.accepted = folder / "failures.jsonl.accepted"
        self.process, self.log = process, log
        assert process.stdout
        self.url = process.stdout.readline().strip()
        assert self.url, log.read_text()[-2000:]
        # Strace runs the server as its child.
        self.pid = _children(process.pid, "serve")[0] if traced else process.pid

    def workers(self) -> dict[int, Mapping[str, str]]:
        """Return the processes of the instances, with the environment of each."""
        return {pid: environ(pid) for pid in _children(self.pid, "local.worker")}

    def post(self, path: str, value: Any) -> None:
        """Post to the local page: faults, or a reset."""
        requests.post(f"{self.url}/_local/{path}", json=value, timeout=30).raise_for_status()

    def publish(self, tenant: str) -> str:
        """Send a signup, asynchronously; return the ID of the accepted invocation."""
        headers = {"X-Fc-Invocation-Type": "Async"}
        response = requests.post(self.url, json={"tenantId": tenant}, headers=headers, timeout=30)
        assert response.status_code == 202, response.text
        return str(response.headers["X-Fc-Request-Id"])

    def state(self) -> dict[str, Any]:
        """Return the state that the page shows."""
        state: dict[str, Any] = requests.get(f"{self.url}/_local/state", timeout=30).json()
        return state

    def groups(self) -> set[str]:
        """Return the groups that exist."""
        return {group["group_id"] for group in self.state()["groups"]}

    @property
    def stub(self) -> str:
        """The URL of the stub, which the instances have in their environment."""
        return next(environ["ONSMQTT_ENDPOINT"] for environ in self.workers().values())

    def waiting(self) -> set[str]:
        """Return the IDs of the events and messages that are accepted and have not ended."""
        folders = (self.accepted, self.failures.with_name("failures.jsonl.messages.accepted"))
        return {path.name for folder in folders for path in folder.iterdir()}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the server, and return its exit status."""
        os.kill(self.pid, number)
        return self.process.wait(60)


@contextmanager
def serving(
    folder: Path, log: Path, *options: str, prefix: Sequence[str] = (), **variables: str
) -> Iterator[Served]:
    """Run `serve` with its files in a folder, and kill it at the end if it still runs."""
    files = ["--on-failure", str(folder / "failures.jsonl")]
    files += ["--on-success", str(folder / "successes.jsonl")]
    command = [sys.executable, "-m", "create_group_id_tools", "serve", "--port", "0"]
    with log.open("ab") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*prefix, *command, *files, *options],
            cwd=ROOT,
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
            | variables,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            # A shell ignores SIGQUIT for what it starts in the background, and a child inherits it.
            preexec_fn=lambda: signal.signal(signal.SIGQUIT, signal.SIG_DFL),  # noqa: PLW1509 - no locks
        )
    with process:
        try:
            yield Served(folder, process, log, traced=bool(prefix))
        finally:
            if process.poll() is None:
                _kill(process.pid, traced=bool(prefix))


def wait_for(happened: Any, seconds: float = 120) -> Any:
    """Wait until a function returns something, and return that."""
    deadline = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)
    return result


def environ(pid: int) -> Mapping[str, str]:
    """Return the environment of a process, empty if it has ended."""
    try:
        text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(part.partition("=")[::2] for part in text.split("\0") if part)


def _children(pid: int, word: str) -> list[int]:
    """Return the children of a process whose command line has a word."""
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # the thread or the child has ended
            for child in file.read_text().split():
                command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
                if any(re.search(rf"\b{word}\b", part) for part in command):
                    found.append(int(child))
    return found


def _kill(pid: int, *, traced: bool) -> None:
    for child in _children(pid, "serve") if traced else ():
        os.kill(child, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
