"""`stub`: run the stub of OnsMqtt as a server. It is the command of `onsmqtt-stub`."""

from onsmqtt_stub.cli import command

__all__ = ["command"]
