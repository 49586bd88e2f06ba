"""How the commands speak: refusals in one line, and only the answer on standard output."""

from __future__ import annotations

import errno
import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

# The exit status of a finding, so that no script takes a crash, which is 1, for it.
FINDING = 3
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Unusable(click.ClickException):
    """What a command was given, or met, and cannot use: one line, exit status 2."""

    exit_code = 2


class Commands(click.Group):
    """A group whose every refusal is one line."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command, and end the process with its status."""
        try:
            status = super().main(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            place = "" if isinstance(error, Unusable) else _help(error)
            note(f"Error: {error.format_message()}{place}", fg="red")
            sys.exit(2)
        except click.Abort:
            note("Stopped.")
            sys.exit(130)
        except OSError as error:
            # That of a text which click writes itself, as --help.
            _drop_output()
            sys.exit(1 if error.errno == errno.EPIPE else 2)
        sys.exit(status if isinstance(status, int) else 0)


def _help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""


def needs(other: str, options: Mapping[str, object]) -> None:
    """Raise `Unusable` for the first of the options that was given, since `other` was not."""
    for option, value in options.items():
        if value:
            raise Unusable(f"{option} needs {other}")


def excludes(other: str, options: Mapping[str, object]) -> None:
    """Raise `Unusable` for the first of the options that was given, since `other` was too."""
    for option, value in options.items():
        if value:
            raise Unusable(f"{option} cannot be used with {other}")


def answer(text: str) -> None:
    """Write what was asked for to standard output; raises `Unusable` where that is full.

    A reader that left is no error: the work is done, and its status is what counts.
    """
    try:
        click.echo(printable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
    except OSError as error:
        _drop_output()
        raise Unusable(f"standard output: {error.strerror}") from None


def note(text: str, fg: str | None = None) -> None:
    """Write to standard error, in colour on a terminal; one that cannot be written is let be."""
    with suppress(OSError, ValueError):
        click.secho(printable(text), err=True, fg=None if os.environ.get("NO_COLOR") else fg)
        sys.stderr.flush()


def log(text: str) -> None:
    """Write a log as it is to standard error; one that cannot be written is let be."""
    with suppress(OSError, ValueError):
        sys.stderr.write(text)
        sys.stderr.flush()


def printable(text: str) -> str:
    """Escape what would control a terminal, in a text from elsewhere."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _drop_output() -> None:
    # The interpreter writes at its end what is still buffered, and would complain.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
