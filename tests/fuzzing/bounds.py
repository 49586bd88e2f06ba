"""The CPU and the memory that an input may take; more is a finding."""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

from tests.fuzzing.virtual_time import TIME

if TYPE_CHECKING:
    from collections.abc import Callable

_MIB = 1 << 20


class Bounds:
    """CPU and memory of one input, bounded by its size and by the calls that it made.

    The whole process is measured, oracles and the stub included, on a busy machine: the bounds are
    wide for the input that costs a hundred times what it should. tests/function/test_work.py counts
    exactly.
    """

    SECONDS, SECONDS_PER_BYTE = 0.5, 2e-5
    SECONDS_PER_CALL = 6e-3  # of the last of at most three runs of an input
    # A refused connection is no call; within a timeout of a day there are thousands.
    SECONDS_PER_VIRTUAL_SECOND = 4e-4
    PEAK, PEAK_PER_BYTE = 8 * _MIB, 700
    GROWTH = 64 * _MIB

    def __init__(self, calls: Callable[[], int], *, sampled: int = 1009) -> None:
        self._calls, self._sampled, self._runs = calls, sampled, 0
        self._unit = 1 if sys.platform == "darwin" else 1024

    def run(self, run: Callable[[], str], size: int) -> str:
        """Run an input of `size` bytes; count the memory of one run in `sampled` exactly."""
        self._runs += 1
        if self._runs % self._sampled == 0:
            return self._traced(run, size)
        peak, started = self._peak(), time.process_time()
        result = run()
        seconds = time.process_time() - started
        bound = self.SECONDS + size * self.SECONDS_PER_BYTE
        bound += self._calls() * self.SECONDS_PER_CALL
        bound += TIME.elapsed * self.SECONDS_PER_VIRTUAL_SECOND
        assert seconds < bound, f"{seconds:.3f} s of CPU"
        growth = self._peak() - peak
        assert growth < self.GROWTH + size * self.PEAK_PER_BYTE, f"grew by {growth} bytes"
        return result

    def _traced(self, run: Callable[[], str], size: int) -> str:
        tracemalloc.start()
        try:
            result = run()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < self.PEAK + size * self.PEAK_PER_BYTE, f"a peak of {peak} bytes"
        return result

    def _peak(self) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * self._unit
