"""`create-group-id stub`: the stub of OnsMqtt behind a port."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from create_group_id_tools.terminal import Unusable
from onsmqtt_stub import Backend, Settings
from onsmqtt_stub.control import read_faults
from onsmqtt_stub.server import HOST, serve

HIGHEST_PORT = 65_535


@click.command()
@click.option("--port", type=int, default=0, help="Port of 127.0.0.1; 0 takes a free one.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="One setting.")
@click.option("--faults", "script", metavar="FILE", help="A JSON array of rules to begin with.")
def command(port: int, settings: tuple[str, ...], script: str | None) -> None:
    """Serve the OnsMqtt stub until SIGTERM or SIGINT; the first line of output is its URL."""
    if not 0 <= port <= HIGHEST_PORT:
        raise Unusable(f"--port {port}: must be 0 to {HIGHEST_PORT}")
    try:
        backend = Backend(settings=Settings.from_json(dict(map(_setting, settings))))
        if script is not None:
            backend.set_faults(read_faults(Path(script).read_bytes()))
    except ValueError as problem:
        raise Unusable(str(problem)) from None
    except OSError as problem:
        raise Unusable(f"--faults {script}: {problem.strerror}") from None
    try:
        serve(backend, port, click.echo)
    except OSError as problem:
        reason = os.strerror(problem.errno or 0)
        raise Unusable(f"--port {port} of {HOST}: {reason}") from None


def _setting(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE; a value that is not JSON is a string."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {name}: must be NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
