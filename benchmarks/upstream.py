"""Servers in separate processes: the stub of OnsMqtt, also behind TLS, and others."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from create_group_id_tools.packaging import roots
from create_group_id_tools.project import ROOT
from tests.wire import a_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOST = "127.0.0.1"


@contextmanager
def serving(*command: str, **variables: str) -> Iterator[str]:
    """Run a Python server that prints its URL first, and yield the URL."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout  # noqa: S101 - it is a pipe
    try:
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit(f"{' '.join(command)} did not start")
        yield url
    finally:
        process.terminate()
        process.communicate()


def running() -> AbstractContextManager[str]:
    """Run the stub, and yield its URL."""
    return serving("-m", "create_group_id_tools", "stub", "--port", "0")


def reset(url: str) -> None:
    """Delete every group, so that the next instance can create the same ones."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/_stub/reset", method="POST", headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - likewise


@contextmanager
def behind_tls(url: str, trees: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Run TLS in front of the stub, and make each tree trust it. Yield the URL and a roots file.

    The file has OpenSSL's default roots and the certificate, for subjects that use the default.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        context, trusted = a_certificate(Path(folder), HOST)
        default, system = Path(ssl.get_default_verify_paths().openssl_cafile), Path(folder, "roots")
        known = default.read_bytes() if default.exists() else b""
        system.write_bytes(known + trusted.read_bytes())
        for tree in trees:
            if (hashed := tree / "create_group_id" / "roots").exists():
                stack.callback(roots.add(hashed, trusted.read_bytes()).unlink)
            for file in tree.rglob("cacert.pem"):
                known = file.read_bytes()
                stack.callback(file.write_bytes, known)
                file.unlink()  # uv links it to its cache, and so to other environments
                file.write_bytes(known + trusted.read_bytes())
        listener = stack.enter_context(socket.create_server((HOST, 0)))
        target = urlsplit(url)
        relay = (listener, context, (target.hostname or HOST, target.port or 80))
        threading.Thread(target=_relay, args=relay, daemon=True).start()
        yield f"https://{HOST}:{listener.getsockname()[1]}", system
        listener.shutdown(socket.SHUT_RDWR)


def _relay(listener: socket.socket, context: ssl.SSLContext, target: tuple[str, int]) -> None:
    with suppress(OSError):  # it was shut down
        while True:
            client, _ = listener.accept()
            with (
                suppress(OSError),
                context.wrap_socket(client, server_side=True) as outside,
                socket.create_connection(target) as inside,
            ):
                threading.Thread(target=_copy, args=(inside, outside), daemon=True).start()
                _copy(outside, inside)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # either end hung up
        while received := source.recv(65536):
            sink.sendall(received)
        sink.shutdown(socket.SHUT_RDWR)
