"""What an instance loads, parses and allocates, by no clock: `footprint.py TREE < EVENTS`.

Run by the target's interpreter, as the driver is. Prints a JSON object: `compiled`, the regular
expressions that `re` compiled until the first response; `modules`, the names of all that are loaded
then; and, where more events follow, `parsings` of JSON in a warm call and, by tracemalloc, the
bytes that a warm call holds at its peak (`peak`, the median) and leaves behind (`left`, the mean).
It takes 400 events: caches of the standard library are full only after 128.
"""

# What the harness loads itself comes after what it measures.
# ruff: noqa: E402
import re  # noqa: TC003 - it is loaded here, before its compiler is taken
import sys
from typing import Any

_compiler: Any = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
_compile = _compiler.compile
_compiled: list[str] = []


def _noting(pattern: Any, flags: int = 0) -> "re.Pattern[Any]":
    _compiled.append(repr(pattern))
    compiled: re.Pattern[Any] = _compile(pattern, flags)
    return compiled


_compiler.compile = _noting
sys.path.insert(0, sys.argv[1])

import index  # isort: skip
import json
from array import array
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.driver import context

HARNESS = {"__main__", "benchmarks", "benchmarks.driver"}


def main() -> None:
    """Measure, with the first events to warm up."""
    first, *rest = sys.stdin.buffer
    index.initialize(context)
    index.handler(first, context)
    figures: dict[str, Any] = {"compiled": list(_compiled)}
    figures["modules"] = sorted(set(sys.modules) - HARNESS)
    if rest:
        figures["parsings"] = _parsings(rest[:100])
        figures["peak"], figures["left"] = _allocations(rest[100:])
    print(json.dumps(figures))


def _parsings(events: list[bytes]) -> float:
    """Count the JSON texts that are parsed, each of which goes through this method."""
    decode, count = json.JSONDecoder.decode, 0

    def counting(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return decode(*arguments)

    json.JSONDecoder.decode = counting  # type: ignore[assignment,method-assign] # that is the point
    for event in events:
        index.handler(event, context)
    json.JSONDecoder.decode = decode  # type: ignore[method-assign] # put back
    return count / len(events)


def _allocations(events: list[bytes]) -> tuple[int, float]:
    import tracemalloc  # noqa: PLC0415 - after the modules were counted

    tracemalloc.start()
    peaks = array("q", bytes(8 * len(events)))  # which holds numbers, and allocates none
    for number, event in enumerate(events):
        if number == len(events) // 2:
            started, _ = tracemalloc.get_traced_memory()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        index.handler(event, context)
        peaks[number] = tracemalloc.get_traced_memory()[1] - before
    end, _ = tracemalloc.get_traced_memory()
    return sorted(peaks)[len(peaks) // 2], (end - started) / (len(events) - len(events) // 2)


if __name__ == "__main__":
    main()
