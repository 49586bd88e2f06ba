"""One target under atheris, until its time is up or an input is a finding."""

from __future__ import annotations

import importlib
import json
import os
import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import atheris

from tests.fuzzing.targets import TARGETS

if TYPE_CHECKING:
    from pathlib import Path

MAX_INPUT = 8192
_REPORT_EVERY = 2.0  # seconds
_PLAIN_SHARE = 0.1  # of the mutations are libFuzzer's own, which use the values in comparisons
# Before a target replaces it by virtual time.
_CLOCK = time.perf_counter


def fuzz(name: str, seconds: float, folder: Path) -> None:
    """Fuzz a target, and end the process; its counts and findings are in `folder`."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=list(TARGETS[name]), enable_loader_override=False):
        target = importlib.import_module(f"tests.fuzzing.targets.{name}")
        seeds = list(target.seeds())
        for seed in seeds:  # imports at the first use are instrumented too
            target.run(seed)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    session = _Session(target, seconds, folder)
    options = [
        f"-artifact_prefix={folder}/",
        f"-max_len={MAX_INPUT}",
        "-timeout=120",
        "-rss_limit_mb=1500",
        "-print_final_stats=0",
        "-verbosity=0",
        "-use_value_profile=0",
    ]
    atheris.Setup(
        ["fuzzing", *options, str(corpus)], session.one_input, custom_mutator=session.mutate
    )
    atheris.Fuzz()


class _Session:
    def __init__(self, target: Any, seconds: float, folder: Path) -> None:
        self._target, self._folder = target, folder
        self._counts: Counter[str] = Counter()
        self._dice = random.Random()
        self._started = _CLOCK()
        self._reported, self._until = self._started, self._started + seconds

    def one_input(self, data: bytes) -> None:
        """Run an input; a finding ends the process, and libFuzzer writes it to a file."""
        try:
            self._counts[self._target.run(data)] += 1
        except BaseException:
            self._counts["FINDING"] += 1
            self._report()
            raise
        now = _CLOCK()
        if now - self._reported > _REPORT_EVERY:
            self._reported = now
            self._report()
            if now > self._until:
                sys.stdout.flush()
                os._exit(0)

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        """Mutate an input by the target's grammar, or as libFuzzer does."""
        self._dice.seed(seed)
        if self._dice.random() < _PLAIN_SHARE:
            return bytes(atheris.Mutate(data, max_size))
        return bytes(self._target.mutate(data, self._dice)[:max_size])

    def _report(self) -> None:
        report = {"seconds": _CLOCK() - self._started, "counts": dict(self._counts)}
        partial = self._folder / "counts.json.new"
        partial.write_text(json.dumps(report), encoding="utf-8")
        partial.replace(self._folder / "counts.json")
