"""`onsmqtt-stub`, and `python -m onsmqtt_stub`: the stub behind a port."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; without the extra `server` say how to install it."""
    try:
        from onsmqtt_stub.cli import command  # noqa: PLC0415 - its extra may be missing
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.exit("onsmqtt-stub: click is missing; install the extra, onsmqtt-stub[server]")
    command(prog_name="onsmqtt-stub")


if __name__ == "__main__":
    main()
