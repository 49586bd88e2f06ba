"""How the commands speak: refusals in one line, and only the answer on standard output."""

from __future__ import annotations

import errno
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

# The exit status of a finding, so that no script takes a crash, which is 1, for it.
FINDING = 3
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class CommandError(click.ClickException):
    """Bad input, or a state that stops a command: its text is one line, the exit status 2."""

    exit_code = 2


class CommandGroup(click.Group):
    """A group whose every refusal is one line."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command, and end the process with its status."""
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
            # click breaks a list of choices into lines.
            message = re.sub(r"\s*\n\s*", " ", error.format_message())
            note(f"Error: {message}{place}", fg="red")
            return 2
        except click.Abort:
            note("Stopped.")
            return 130
        except OSError as error:
            # That of a text which click writes itself, as --help.
            if error.errno not in (errno.EPIPE, errno.ENOSPC):
                raise
            return 1
        return status if isinstance(status, int) else 0


def _help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""


def needs(other: str, options: Mapping[str, object]) -> None:
    """Raise `CommandError` for the first of the options that was given, since `other` was not."""
    for option, value in options.items():
        if value:
            raise CommandError(f"{option} needs {other}")


def excludes(other: str, options: Mapping[str, object]) -> None:
    """Raise `CommandError` for the first of the options that was given, since `other` was too."""
    for option, value in options.items():
        if value:
            raise CommandError(f"{option} cannot be used with {other}")


def output(text: str) -> None:
    """Write what was asked for to standard output; raises `CommandError` where that is full.

    A reader that left is no error: the work is done, and its status is what counts.
    """
    try:
        click.echo(printable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        raise CommandError(f"standard output: {error.strerror}") from None


def note(text: str, fg: str | None = None) -> None:
    """Write a line to standard error, in colour on a terminal; what cannot be written is let be."""
    with suppress(OSError, ValueError):
        click.secho(printable(text), err=True, fg=None if os.environ.get("NO_COLOR") else fg)
        sys.stderr.flush()


def log(text: str) -> None:
    """Write a log to standard error as it is; what cannot be written is let be."""
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def printable(text: str) -> str:
    """Escape what would control a terminal, in a text from elsewhere."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _flush(stream: IO[str]) -> None:
    """Write what is buffered, or let it be: the interpreter would complain of it at its end."""
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def stop_event() -> threading.Event:
    """Return what SIGTERM, SIGINT and SIGHUP set, the last one unless it is ignored."""
    stop = threading.Event()
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which nohup sets
        signals.append(signal.SIGHUP)
    for number in signals:
        signal.signal(number, lambda *_: stop.set())
    return stop


def wait_for(stop: threading.Event) -> None:
    """Wait in the main thread until a signal has set the event."""
    # Not without a timeout: a signal that another thread gets does not wake this one.
    while not stop.wait(0.2):
        pass
