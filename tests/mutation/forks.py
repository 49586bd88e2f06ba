"""Work in a process of its own, which may hang or die."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Note: TypeAlias = Callable[[str], None]

MEMORY = 8 << 30
SURVIVED, KILLED, TIMED_OUT, UNTRIED = range(4)


class Outcome(NamedTuple):
    """One of the four, and what the work noted last."""

    status: int
    note: str


def fork(work: Callable[[Note], int], seconds: float) -> Outcome:
    """Return what some work returns in a process of its own, which may use `seconds` of the CPU.

    It may call `limit` for more. KILLED if a signal ended it, and UNTRIED if it raised, which
    says nothing about the tests.
    """
    with tempfile.TemporaryFile() as notes:

        def note(text: str) -> None:
            data = text.encode()
            os.ftruncate(notes.fileno(), len(data))
            os.pwrite(notes.fileno(), data, 0)

        child = os.fork()
        if child == 0:
            status = UNTRIED
            try:
                _prepare(seconds)
                status = work(note)
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
        notes.seek(0)
        last = notes.read().decode()
    if os.WIFSIGNALED(ended):
        late = os.WTERMSIG(ended) in (signal.SIGALRM, signal.SIGPROF)
        return Outcome(TIMED_OUT if late else KILLED, last)
    return Outcome(os.WEXITSTATUS(ended), last)


def limit(seconds: float) -> None:
    """End this process after some more seconds of the CPU."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    # By the clock too, for what waits for ever; on a busy machine that says little.
    signal.setitimer(signal.ITIMER_REAL, 60 + 20 * seconds)


def _prepare(seconds: float) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    limit(seconds)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
