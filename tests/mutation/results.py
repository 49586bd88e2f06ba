"""What became of each change, and which of the survivors have a reason."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tests.mutation.forks import KILLED, SURVIVED, TIMED_OUT, UNTRIED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.mutation.changes import Change
    from tests.mutation.recording import Recording

LEAST_KILLED = 0.97
NOTICED = (KILLED, TIMED_OUT)


class Result(NamedTuple):
    """What became of a change, by which test, and a digest of the tests that show it."""

    digest: str
    key: str
    file: str
    function: str
    status: int
    test: str
    evidence: str


class Killers:
    """Which tests noticed changes: cases of a place, and tests with all their cases of a file."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.by_file: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, file: str, function: str, name: str) -> None:
        """Count a change that a test noticed."""
        self._by_place[file, function][name] += 1
        self.by_file[file][name.partition("[")[0]] += 1

    def by_place(self, change: Change) -> Counter[str]:
        """Return the three tests that noticed most changes of the same place."""
        return Counter(dict(self._by_place[change.file, change.function].most_common(3)))


def evidence(status: int, test: str, recording: Recording, seconds: float) -> str:
    """Return a digest of the file of the test that failed, or of all tests and their bound."""
    if status in NOTICED and test in recording.tests:
        return recording.tests[test].digest
    return f"{recording.digest} {seconds}"


def read(path: Path, recording: Recording, seconds: float) -> dict[str, Result]:
    """Read the last result of each change, as far as nothing that shows it was edited since."""
    lines = path.read_text().splitlines() if path.exists() else []
    results = {result.digest: result for result in (Result(*json.loads(line)) for line in lines)}
    return {
        digest: result
        for digest, result in results.items()
        if result.evidence == evidence(result.status, result.test, recording, seconds)
    }


def killers(path: Path) -> Killers:
    """Return which tests noticed changes so far."""
    noticed = Killers()
    lines = path.read_text().splitlines() if path.exists() else []
    for result in (Result(*json.loads(line)) for line in lines):
        if result.status in NOTICED:
            noticed.add(result.file, result.function, result.test)
    return noticed


def reasons(path: Path) -> dict[str, str]:
    """Read the survivors that no test can notice: a line for each change, then one with its reason.

    The line with the reason is indented, and is the reason of all changes since the last one.
    """
    listed: dict[str, str] = {}
    keys: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            listed |= dict.fromkeys(keys, line.strip())
            keys = []
        elif line and not line.startswith("#"):
            keys.append(line)
    if keys:
        raise ValueError(f"{path.name}: no reason is given for {keys[0]}")
    return listed


def report(
    wanted: Sequence[Change], known: Mapping[str, Result], listed: Mapping[str, str]
) -> Iterator[str]:
    """Yield the table of the files, then a line for whatever is wrong."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    wrong = []
    for change in wanted:
        status = known[change.digest].status if change.digest in known else UNTRIED
        name = {KILLED: "killed", TIMED_OUT: "late", UNTRIED: "untried"}.get(status, "unlisted")
        if status == SURVIVED and change.key in listed:
            name = "listed"
        elif status in NOTICED and change.key in listed:
            wrong.append(f"STALE, it is killed now: {change.key}")
        for row in (rows[change.file], rows["all"]):
            row["changes"] += 1
            row[name] += 1
        if name == "unlisted":
            wrong.append(f"SURVIVED {change.key}")
    files, keys = {change.file for change in wanted}, {change.key for change in wanted}
    wrong += [
        f"STALE, there is no such change: {key}"
        for key in listed
        if key.partition(" ")[0] in files and key not in keys
    ]
    columns = ("changes", "killed", "late", "listed", "unlisted", "untried")
    yield f"{'':<34}" + "".join(f"{name:>9}" for name in columns) + "  killed %"
    for file, row in sorted(rows.items(), key=lambda item: item[0] == "all"):
        share = (row["killed"] + row["late"]) / row["changes"]
        yield f"{file:<34}" + "".join(f"{row[name]:>9}" for name in columns) + f"{share:>10.1%}"
    total = rows["all"]
    if total["untried"]:
        wrong.append(f"{total['untried']} changes were not tried.")
    if total["killed"] + total["late"] < LEAST_KILLED * total["changes"]:
        wrong.append(f"Fewer than {LEAST_KILLED:.0%} were killed.")
    yield from wrong
