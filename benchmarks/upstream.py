"""The stub of OnsMqtt in a process of its own, and TLS before it."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
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
def running() -> Iterator[str]:
    """Run the stub; gives its URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "create_group_id_tools", "stub", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def reset(url: str) -> None:
    """Forget every group, so that the next instance can create the same ones."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/_stub/reset", method="POST", headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - likewise


@contextmanager
def behind_tls(url: str, trees: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Put TLS before the stub, and let each tree trust it; gives the URL and the system's roots.

    These are a file for who reads OpenSSL's default one, with the same certificate added.
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
