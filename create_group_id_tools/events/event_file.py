"""Read the file that contains an event, or standard input."""

from __future__ import annotations

import difflib
import sys
from contextlib import nullcontext
from pathlib import Path

from create_group_id_tools.project import SAMPLES
from create_group_id_tools.terminal import CommandError, display_path

# FC accepts no larger event in a synchronous invocation:
# https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/limits
_MAX_MIB = 32


def read(name: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`; raise `CommandError`."""
    if not name:
        raise CommandError("EVENT is empty; name an event file")
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as file:
            # A device or a pipe may never end.
            content = file.read((_MAX_MIB << 20) + 1)
    except FileNotFoundError:
        raise CommandError(f"{name}: no such file{_suggestion(Path(name).name)}") from None
    except (OSError, ValueError) as error:
        raise CommandError(f"{name}: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > _MAX_MIB << 20:
        raise CommandError(f"{name}: larger than {_MAX_MIB} MiB, the largest event that FC accepts")
    return content


def _suggestion(name: str) -> str:
    samples = [path.name for path in SAMPLES.iterdir()] if SAMPLES.is_dir() else []
    close = difflib.get_close_matches(name, samples, 1)
    return f"; did you mean {display_path(SAMPLES / close[0])}?" if close else ""
