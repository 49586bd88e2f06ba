"""The process of an instance: `python -m create_group_id_tools.local.worker FD`.

FD is a socket. Its first message configures the process. Each later one is an invocation, and gets
one response. Both are a line of JSON, followed by bytes. The process ends when the socket closes.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from create_group_id_tools.runtime.context import AccessCredentials, FunctionConfig
from create_group_id_tools.runtime.result import Result
from create_group_id_tools.runtime.root_logger import logging_to
from create_group_id_tools.runtime.runtime import Runtime

# Units of ru_maxrss in a megabyte: kilobytes, but bytes on macOS.
_MEMORY_UNIT = 1 << 20 if sys.platform == "darwin" else 1 << 10


def main(descriptor: int) -> None:
    """Run invocations until the server closes the socket."""
    # After a timeout FC logs the stack trace.
    faulthandler.register(signal.SIGTERM, chain=True)
    channel = Connection(descriptor)
    start = json.loads(channel.recv_bytes())
    sys.path[0] = start["code"]  # instead of the root of this project
    os.chdir(start["code"])
    with logging_to(sys.stderr) as formatter:
        runtime = Runtime(
            start["runtime"],
            FunctionConfig(**start["function"]),
            AccessCredentials(**start["credentials"]),
            formatter,
            sys.stdout,
        )
        print("FunctionCompute python3 runtime inited.")
        while True:
            _respond(channel, runtime)


def describe(
    code: str, runtime: str, function: FunctionConfig, credentials: AccessCredentials
) -> bytes:
    """Return the first message."""
    return json.dumps(
        {
            "code": code,
            "runtime": runtime,
            "function": asdict(function),
            "credentials": asdict(credentials),
        }
    ).encode()


def _respond(channel: Connection, runtime: Runtime) -> None:
    head, event = split(channel.recv_bytes())
    if head["hook"]:
        result = runtime.initialize(head["request_id"]) or Result(b"")
    else:
        result = runtime.invoke(event, head["request_id"], head["qualifier"])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEMORY_UNIT
    channel.send_bytes(join({"error_type": result.error_type, "memory": memory}, result.body))


def join(head: dict[str, Any], body: bytes) -> bytes:
    """Build a message from its JSON line and its bytes."""
    return json.dumps(head).encode() + b"\n" + body


def split(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a message into the value of its JSON line and its bytes."""
    head, _, body = message.partition(b"\n")
    return json.loads(head), body


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (EOFError, ConnectionError):
        sys.exit(0)
