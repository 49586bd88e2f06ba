"""`create-group-id stub`: the stub of OnsMqtt behind a port, which is `onsmqtt-stub`."""

from onsmqtt_stub.cli import command

__all__ = ["command"]
