"""Development commands, never shipped: `python -m devtools`."""
