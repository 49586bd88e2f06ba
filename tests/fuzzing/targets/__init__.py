"""What is fuzzed: a module for each target, and the packages whose coverage guides it.

A target has `seeds()`, `mutate(data, dice)` and `run(data)`, which returns what to count the input
under, and raises an AssertionError, or whatever a program that breaks raises.
"""

FUNCTION = ("create_group_id", "index")
TARGETS = {
    "events": FUNCTION,
    "http": FUNCTION,
    "responses": FUNCTION,
    "surroundings": FUNCTION,
    "stub": ("onsmqtt_stub",),
}
