"""A tab of a headless Chromium, driven over the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import websocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1200,800",
)


def find() -> str | None:
    """Find a Chromium on PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Tab:
    """One page. Results are JSON values."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self._session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        while True:
            response = json.loads(self._socket.recv())
            if response.get("id") == number:
                assert "error" not in response, response
                result: dict[str, Any] = response["result"]
                return result

    def go(self, url: str) -> None:
        """Open a page."""
        self.send("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """Evaluate an expression."""
        evaluated = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in evaluated, evaluated
        return evaluated["result"].get("value")

    def wait(self, condition: str, seconds: float = 5) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < deadline, f"never true: {condition}"
            time.sleep(0.02)

    def picture(self) -> str:
        """Take a picture of the page, a PNG in base64."""
        return str(self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"])


@contextmanager
def opened(chromium: str, folder: Path) -> Iterator[Tab]:
    """Run a Chromium with a new profile."""
    process = subprocess.Popen(  # noqa: S603 - the browser is what this is about
        [chromium, *_FLAGS, f"--user-data-dir={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        socket = websocket.create_connection(_address(folder), suppress_origin=True, timeout=60)
        try:
            yield Tab(socket)
        finally:
            socket.close()
    finally:
        process.terminate()
        process.wait(10)


def _address(folder: Path) -> str:
    file = folder / "DevToolsActivePort"
    deadline = time.monotonic() + 20
    while not (file.exists() and len(lines := file.read_text().split()) == 2):
        assert time.monotonic() < deadline, "the browser does not start"
        time.sleep(0.02)
    port, path = lines
    return f"ws://127.0.0.1:{port}{path}"
