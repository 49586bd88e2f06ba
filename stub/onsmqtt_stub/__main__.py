"""`onsmqtt-stub` and `python -m onsmqtt_stub`: run the stub as a server."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command. Without the extra `server`, say how to install it."""
    try:
        from onsmqtt_stub.cli import command  # noqa: PLC0415 - its extra may be missing
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        sys.exit("onsmqtt-stub: click is not installed; install onsmqtt-stub[server] or click")
    command(prog_name="onsmqtt-stub")


if __name__ == "__main__":
    main()
