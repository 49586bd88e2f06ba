"""An instance of a function: a process that runs one invocation at a time."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
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

# FC starts Python with -W ignore. Unbuffered, so that stdout and stderr stay in order. No byte
# code: Python does not notice a change of the same size within one second.
_FLAGS = ("-u", "-B", "-W", "ignore")
_MAX_LOG = 1 << 20
_GRACE_SECONDS = 0.2


@dataclass(frozen=True)
class InstanceSpec:
    """What an instance runs; `python` is the path of the interpreter."""

    function: FunctionConfig
    runtime: str
    python: str
    code: Path
    credentials: AccessCredentials


@dataclass(frozen=True)
class Outcome:
    """The outcome of an invocation: `memory` in MB, and at most the last megabyte of the log."""

    result: Result
    seconds: float = 0.0
    memory: int = 0
    log: str = ""
    instance_id: str = ""


class FcInstance:
    """A worker process. The caller must run one invocation at a time.

    Raise OSError if it cannot start, and ValueError if no process can have its environment.
    """

    def __init__(self, spec: InstanceSpec, fingerprint: object) -> None:
        self.id = f"c-{os.urandom(12).hex()}"
        self.fingerprint = fingerprint
        self._function = spec.function
        self._memory, self._end = 0, ""
        # The process appends to this file, so that the whole log of an invocation is there when it
        # ends, also that of child processes, and no thread has to read it.
        with ExitStack() as stack:
            self._log = stack.enter_context(tempfile.TemporaryFile(buffering=0))
            fcntl.fcntl(self._log, fcntl.F_SETFL, os.O_APPEND)
            self._channel, theirs = Pipe()
            stack.enter_context(self._channel)
            with theirs:
                _bound(self._channel.fileno(), spec.function.timeout)
                self._process = self._start(spec, theirs.fileno())
            stack.pop_all()
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
        """Return whether the process still runs."""
        return self._process.poll() is None

    def initialize(self, request_id: str) -> Outcome | None:
        """Run the Initializer, if any, within its own timeout; return its failure, or None.

        The log of a successful Initializer becomes part of the first invocation's.
        """
        if not self._function.initializer:
            return None
        started = time.monotonic()
        head = {"hook": True, "request_id": request_id}
        result = self._run(head, b"", self._function.initializer_timeout, INITIALIZATION)
        return self._outcome(result, started) if result.error_type else None

    def invoke(self, event: bytes, request_id: str, qualifier: str) -> Outcome:
        """Run the handler within the function's timeout."""
        started = time.monotonic()
        head = {"hook": False, "request_id": request_id, "qualifier": qualifier}
        result = self._run(head, event, self._function.timeout, UNHANDLED)
        return self._outcome(result, started)

    def terminate(self) -> None:
        """Send SIGTERM, as FC does after a timeout."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its children."""
        self.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process and close its files. Only the thread that invokes it may call this."""
        self.kill()
        self._channel.close()
        self._log.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(OSError):
            os.killpg(self._process.pid, number)

    def _outcome(self, result: Result, started: float) -> Outcome:
        seconds = time.monotonic() - started
        return Outcome(result, seconds, self._memory, self._read_log() + self._end, self.id)

    def _run(self, head: dict[str, object], event: bytes, timeout: int, error_type: str) -> Result:
        end = f"FC {'Initialize' if head['hook'] else 'Invoke'} End RequestId: {head['request_id']}"
        self._end = ""
        try:
            self._channel.send_bytes(worker.join(head, event))
            if not self._channel.poll(timeout):
                self.kill()
                timed_out = f"Function timed out after {timeout} seconds"
                self._end = f"{end}, Error: {timed_out}\n"
                return failed(f"{timed_out} (maxMemoryUsage: {self._memory}MB)", error_type)
            report, body = worker.split(self._channel.recv_bytes())
            self._memory, failure = int(report["memory"]), report["error_type"]
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            self._end = f"{end}, Error: {EXITED}: {self._death()}\n"
            return failed(EXITED, error_type)
        if self._memory > self._function.memory:
            self._end = (
                f"{end}: it used {self._memory} MB, but has {self._function.memory} MB; "
                "the cloud would have ended it\n"
            )
        return Result(body, failure)

    def _death(self) -> str:
        """End the process if it still runs, and return why it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        status = self._process.poll()
        self.kill()
        if status is None:
            return "it closed its connection to the server"
        if status >= 0:
            return f"exit status {status}"
        if status == -signal.SIGKILL:
            return "SIGKILL (the kernel sends it when memory runs out)"
        return signal.strsignal(-status) or f"signal {-status}"

    def _read_log(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _MAX_LOG))
        text = self._log.read().decode(errors="replace")
        self._log.truncate(0)
        return text


def _bound(descriptor: int, seconds: int) -> None:
    """Bound each read and write: a process may announce more bytes than it sends."""
    limit = struct.pack("ll", seconds, 0)
    with socket.socket(fileno=os.dup(descriptor)) as channel:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _environment(spec: InstanceSpec, instance_id: str) -> dict[str, str]:
    """Return the environment of the process: nothing of ours except PATH."""
    function, credentials, code = spec.function, spec.credentials, str(spec.code)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONIOENCODING": "utf-8:surrogateescape",
        "TZ": "UTC",
        **context.environment(spec.runtime, function, credentials, code, instance_id),
    }
