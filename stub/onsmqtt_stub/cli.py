"""The command line: read the options, and serve until a signal."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onsmqtt_stub import Backend, Settings, read_faults
from onsmqtt_stub.server import HOST, serve

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAMES = ", ".join(field.name for field in fields(Settings))


class _OptionError(click.ClickException):
    """An option cannot be used: one line, exit status 2."""

    exit_code = 2


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("onsmqtt-stub"))
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default=True,
    help="Port to listen on, on 127.0.0.1. 0 takes a free port.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=f"Change a setting. Settings: {_NAMES}.",
)
@click.option(
    "--faults",
    metavar="FILE",
    help="Start with fault rules from a JSON file, which is an array of rules.",
)
def command(port: int, settings: tuple[str, ...], faults: str | None) -> None:
    """Run a stub of OnsMqtt on 127.0.0.1 until SIGTERM or SIGINT.

    The first line of output is its URL. The access keys are testid/testsecret and
    STS.testid/testsecret/testtoken. The instance is mqtt-cn-0pp1ldu0001 in cn-hangzhou. Example:

    onsmqtt-stub --port 8080 --set calls_per_second=10
    """
    try:
        backend = Backend(settings=Settings.from_json(_read_settings(settings)))
        if faults is not None:
            backend.set_faults(read_faults(Path(faults).read_bytes()))
    except ValueError as problem:
        raise _OptionError(str(problem)) from None
    except OSError as problem:
        raise _OptionError(f"--faults {faults}: cannot read the file: {problem.strerror}") from None
    try:
        serve(backend, port, click.echo)
    except OSError as problem:
        reason = os.strerror(problem.errno or 0)
        raise _OptionError(
            f"--port {port}: cannot listen on {HOST}: {reason}; use another port, or 0"
        ) from None


def _read_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Read each NAME=VALUE. A value that is not JSON is a string."""
    settings: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {name}: must be NAME=VALUE, such as calls_per_second=10")
        if name in settings:
            raise ValueError(f"--set {name}: appears twice; use each setting once")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings
