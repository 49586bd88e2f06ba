"""Measure what an instance loads, parses and allocates: `footprint.py TREE < EVENTS`.

The target's interpreter runs it, as it runs the driver. It prints a JSON object with `compiled`,
the regular expressions that `re` compiled before the first response, and `modules`, the names of
all modules that were loaded by then. With more events it also has `parsings`, the JSON texts that a
warm call parses, and by tracemalloc the bytes of a warm call: at its peak (`peak`, the median) and
after it (`left`, the mean). Use 400 events: caches of the standard library fill up after 128.
"""

# The modules of the harness are loaded after the measured ones.
# ruff: noqa: E402
import re  # noqa: TC003 - it must be loaded before its compiler is replaced
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
    """Measure, after some events to warm up."""
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
    """Return the mean number of JSON texts that an event parses; each uses this method."""
    decode, count = json.JSONDecoder.decode, 0

    def counting(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        return decode(*arguments)

    json.JSONDecoder.decode = counting  # type: ignore[assignment,method-assign] # to count the calls
    for event in events:
        index.handler(event, context)
    json.JSONDecoder.decode = decode  # type: ignore[method-assign] # to restore it
    return count / len(events)


def _allocations(events: list[bytes]) -> tuple[int, float]:
    import tracemalloc  # noqa: PLC0415 - only after the modules are counted

    tracemalloc.start()
    peaks = array("q", bytes(8 * len(events)))  # an array of numbers allocates nothing later
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
