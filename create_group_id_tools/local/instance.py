"""One instance of a function: a process of its own, as the server holds it."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING

from create_group_id_tools.local import worker
from create_group_id_tools.project import ROOT
from create_group_id_tools.runtime import context
from create_group_id_tools.runtime.result import EXITED, INITIALIZATION, UNHANDLED, Result, failed

if TYPE_CHECKING:
    from pathlib import Path

    from create_group_id_tools.runtime.context import AccessCredentials, FunctionConfig

# FC starts Python with -W ignore. Unbuffered, so that both outputs are in order. No byte code:
# within one second a change of the same size would go unseen.
_FLAGS = ("-u", "-B", "-W", "ignore")
_MAX_LOG = 1 << 20
_GRACE_SECONDS = 0.2


@dataclass(frozen=True)
class InstanceSpec:
    """What an instance is made of; `python` is the interpreter that runs it."""

    function: FunctionConfig
    runtime: str
    python: str
    code: Path
    credentials: AccessCredentials


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to; `memory` in MB, `log` its last megabyte at most."""

    result: Result
    seconds: float = 0.0
    memory: int = 0
    log: str = ""
    instance_id: str = ""


class FcInstance:
    """A worker process; its user sees to it that it gets one invocation at a time."""

    def __init__(self, spec: InstanceSpec, fingerprint: object) -> None:
        self.id = f"c-{os.urandom(12).hex()}"
        self.fingerprint = fingerprint
        self._function = spec.function
        self._memory, self._end = 0, ""
        # A file that the code appends to, so that all that an invocation wrote is there when it
        # ends, whoever wrote it, and without a thread that reads.
        self._log = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close()
        fcntl.fcntl(self._log, fcntl.F_SETFL, os.O_APPEND)
        self._channel, theirs = Pipe()
        _bound(self._channel.fileno(), spec.function.timeout)
        with theirs:
            try:
                self._process = self._start(spec, theirs.fileno())
            except OSError:
                self._channel.close()
                self._log.close()
                raise
        with suppress(OSError):
            self._channel.send_bytes(
                worker.describe(str(spec.code), spec.runtime, spec.function, spec.credentials)
            )

    def _start(self, spec: InstanceSpec, descriptor: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [spec.python, *_FLAGS, "-m", "create_group_id_tools.local.worker", str(descriptor)],
            cwd=ROOT,
            env=_environment(spec, self.id),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[descriptor],
            # Ctrl-C in the server's terminal must not reach the code.
            start_new_session=True,
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def initialize(self, request_id: str) -> Outcome | None:
        """Run the Initializer, where there is one, within its own time-out; gives its failure.

        What a successful one wrote belongs to the log of the first invocation.
        """
        if not self._function.initializer:
            return None
        begin = time.monotonic()
        head = {"hook": True, "request_id": request_id}
        result = self._run(head, b"", self._function.initializer_timeout, INITIALIZATION)
        return self._outcome(result, begin) if result.error_type else None

    def invoke(self, event: bytes, request_id: str, qualifier: str) -> Outcome:
        """Run the handler within the function's time-out."""
        begin = time.monotonic()
        head = {"hook": False, "request_id": request_id, "qualifier": qualifier}
        result = self._run(head, event, self._function.timeout, UNHANDLED)
        return self._outcome(result, begin)

    def terminate(self) -> None:
        """Ask the process to end, as FC does after a time-out."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process, and what it started."""
        self.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process and give its files back; for the thread that invokes it."""
        self.kill()
        self._channel.close()
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(OSError):
            os.killpg(self._process.pid, number)

    def _outcome(self, result: Result, begin: float) -> Outcome:
        seconds = time.monotonic() - begin
        return Outcome(result, seconds, self._memory, self._read_log() + self._end, self.id)

    def _run(self, head: dict[str, object], event: bytes, timeout: int, error_type: str) -> Result:
        end = f"FC {'Initialize' if head['hook'] else 'Invoke'} End RequestId: {head['request_id']}"
        self._end = ""
        try:
            self._channel.send_bytes(worker.joined(head, event))
            if not self._channel.poll(timeout):
                self.kill()
                late = f"Function timed out after {timeout} seconds"
                self._end = f"{end}, Error: {late}\n"
                return failed(f"{late} (maxMemoryUsage: {self._memory}MB)", error_type)
            told, body = worker.parted(self._channel.recv_bytes())
            self._memory = told["memory"]
        except (EOFError, OSError, ValueError, KeyError):
            self._end = f"{end}, Error: {EXITED}: {self._death()}\n"
            return failed(EXITED, error_type)
        if self._memory > self._function.memory:
            self._end = (
                f"{end}: it used {self._memory} MB of its {self._function.memory} MB, "
                "for which the cloud would have ended it\n"
            )
        return Result(body, told["error_type"])

    def _death(self) -> str:
        """End the process where it has not ended by itself, and say how it came to that."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        status = self._process.poll()
        self.kill()
        if status is None:
            return "it broke its connection to the server"
        if status >= 0:
            return f"exit status {status}"
        if status == -signal.SIGKILL:
            return "SIGKILL, which the kernel sends when memory runs out"
        return signal.strsignal(-status) or f"signal {-status}"

    def _read_log(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _MAX_LOG))
        text = self._log.read().decode(errors="replace")
        self._log.truncate(0)
        return text


def _bound(descriptor: int, seconds: int) -> None:
    """Bound each read and write, for a process that says it sends more than it does."""
    limit = struct.pack("ll", seconds, 0)
    with socket.socket(fileno=os.dup(descriptor)) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _environment(spec: InstanceSpec, instance_id: str) -> dict[str, str]:
    """Return an environment that holds nothing of ours but where programs are."""
    function, credentials, code = spec.function, spec.credentials, str(spec.code)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONIOENCODING": "utf-8:surrogateescape",
        "TZ": "UTC",
        **context.environment(spec.runtime, function, credentials, code, instance_id),
    }
