"""The targets: a module for each, and the packages whose coverage guides it.

A target has `seeds()`, `mutate(data, dice)` and `run(data)`. `run` returns the name under which the
input is counted; any exception, such as an AssertionError, is a finding.
"""

FUNCTION = ("create_group_id", "index")
TARGETS = {
    "events": FUNCTION,
    "http": FUNCTION,
    "responses": FUNCTION,
    "surroundings": FUNCTION,
    "tls": FUNCTION,
    "stub": ("onsmqtt_stub",),
    "local": ("create_group_id_tools", "onsmqtt_stub"),
    "tools": ("create_group_id_tools", "onsmqtt_stub"),
}
