"""What all commands share: errors of one line, and only the result on standard output."""

from __future__ import annotations

import codecs
import errno
import json
import math
import os
import re
import signal
import sys
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The exit status of a finding, as when the function raised: a crash exits with 1.
FINDING = 3
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class CommandError(click.ClickException):
    """Bad input, or a state that stops a command: its text is one line, the exit status 2."""

    exit_code = 2


class FiniteRange(click.FloatRange):
    """A number in a range, but neither `nan` nor `inf`."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; raise `click.BadParameter`."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail("it must be a finite number.", param, ctx)
        return float(number)


class MatchingText(click.types.StringParamType):
    """A text that matches a pattern; `advice` says what is allowed."""

    def __init__(self, pattern: str, advice: str) -> None:
        self._pattern, self._advice = re.compile(pattern), advice

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; raise `click.BadParameter`, which does not quote it."""
        text = str(super().convert(value, param, ctx))
        if not self._pattern.fullmatch(text):
            self.fail(self._advice, param, ctx)
        return text


GROUP_ID = MatchingText(
    r"GID[_-][A-Za-z0-9_-]{3,60}",
    "a group ID is GID_ or GID- and 3 to 60 letters, digits, hyphens or underscores.",
)


class CommandGroup(click.Group):
    """A group that prints every error as one line."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command, and exit with its status."""
        _open_closed_streams()
        try:
            status = self._run(*args, **extra)
        finally:
            for stream in (sys.stdout, sys.stderr):
                _flush(stream)
        sys.exit(status)

    def _run(self, *args: Any, **extra: Any) -> int:
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            note(error.format_message())
            return 2
        except click.ClickException as error:
            place = "" if isinstance(error, CommandError) else _help(error)
            # click puts each of several choices on a line.
            message = re.sub(r"\s*\n\s*", " ", error.format_message())
            note(f"Error: {message}{place}", fg="red")
            return 2
        except click.Abort:
            note("Stopped.")
            return 130
        except OSError as error:
            # From text that click itself prints, such as --help.
            if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EBADF):
                raise
            return 1
        return status if isinstance(status, int) else 0


def _open_closed_streams() -> None:
    """Open the standard streams that are closed, so that using one fails as in other programs.

    Python sets them to None.
    """
    for name, mode, flags in (
        ("stdin", "r", os.O_WRONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_RDONLY),
    ):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, flags)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - a descriptor, open to the end


def _help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""


def needs(other: str, options: Mapping[str, object]) -> None:
    """Raise `CommandError` for the first option that is set, since it needs `other`."""
    for option, value in options.items():
        if value:
            raise CommandError(f"{option} needs {other}")


def excludes(other: str, options: Mapping[str, object]) -> None:
    """Raise `CommandError` for the first option that is set, since `other` rules it out."""
    for option, value in options.items():
        if value:
            raise CommandError(f"{option} cannot be used with {other}")


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - the handler only serves `output`
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("json-escape", _escape)


def output(text: str) -> None:
    r"""Write the result to standard output; raise `CommandError` if that fails.

    Write a character that standard output cannot encode as `\uXXXX`, which is the same in JSON. A
    reader that closed the pipe is no error, since the work is finished.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(printable(text).encode(encoding, "json-escape").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        raise CommandError(f"standard output: {error.strerror}") from None


def note(text: str, fg: str | None = None) -> None:
    """Write a line to standard error, in colour on a terminal; ignore a failure to write."""
    with suppress(OSError, ValueError):
        click.secho(printable(text), err=True, fg=None if os.environ.get("NO_COLOR") else fg)
        sys.stderr.flush()


def log(text: str) -> None:
    """Write a log to standard error as it is; ignore a failure to write."""
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def printable(text: str) -> str:
    """Escape the control characters in a text, which would act on a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _flush(stream: IO[str]) -> None:
    """Flush a stream; if that fails, discard the rest, of which the interpreter would complain."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def display_path(path: Path) -> str:
    """Return a path as seen from the working directory; as it is if that was deleted."""
    try:
        return os.path.relpath(path)
    except FileNotFoundError:
        return str(path)


def stop_event() -> threading.Event:
    """Return an event that SIGTERM, SIGINT and SIGHUP set (SIGHUP unless it is ignored)."""
    stop = threading.Event()
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup makes it
        signals.append(signal.SIGHUP)
    for number in signals:
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_for(stop: threading.Event) -> None:
    """Wait in the main thread until a signal sets the event."""
    # With a timeout, since a signal that another thread receives does not wake this one.
    while not stop.wait(0.2):
        pass
