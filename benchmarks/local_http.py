"""The local Function Compute beside a bare werkzeug application: `python benchmarks/local_http.py`.

Both run as processes of their own; rounds of calls to one and to the other take turns, so that a
noisy machine is noisy to both, and the ratio is taken round by round. Run it with the Python of a
runtime, `.venv-3.10/bin/python`, or the instances' Python may be another than the bare one's.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from create_group_id_tools.local import interpreter
from create_group_id_tools.project import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
ROUNDS, CALLS = 20, 50
BARE = """
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

@Request.application
def application(request):
    return Response(request.get_data(), mimetype="application/json")

server = make_server("127.0.0.1", 0, application, threaded=True)
print(f"http://127.0.0.1:{server.port}", flush=True)
import logging
logging.getLogger("werkzeug").disabled = True
server.serve_forever()
"""


@contextmanager
def running(*command: str) -> Iterator[str]:
    """Run a server that prints its URL first."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "ONSMQTT_MAX_QPS": "10000"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout  # noqa: S101 - it is a pipe
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


def caller(url: str, *, keep: bool) -> Callable[[int], float]:
    """Make a function that creates one group, and gives the seconds that it took.

    With `keep` it keeps its connection where the server does, as the SDKs' sessions would.
    """
    connection = http.client.HTTPConnection(urlsplit(url).netloc)

    def call(number: int) -> float:
        body = json.dumps({"GroupId": f"GID_bench_{number}"})
        started = time.perf_counter()
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        if not keep:
            connection.close()
        if response.status != 200:
            raise SystemExit(f"{url} responded {response.status}")
        return time.perf_counter() - started

    return call


def beside_a_bare_application(serve: tuple[str, ...], *, keep: bool) -> None:
    """Measure calls to both, round by round."""
    number, ours, bare, ratios, quiet = 0, [], [], [], []
    with running("-c", BARE) as one, running(*serve) as other:
        call_bare, call_ours = caller(one, keep=keep), caller(other, keep=keep)
        for _ in range(CALLS):
            call_bare(number := number + 1)
            call_ours(number)
        for _ in range(ROUNDS):
            plain = [call_bare(number + index) for index in range(CALLS)]
            local = [call_ours(number := number + 1) for _ in range(CALLS)]
            bare.append(statistics.median(plain) * 1000)
            ours.append(statistics.median(local) * 1000)
            ratios.append(ours[-1] / bare[-1])
            quiet.append([statistics.quantiles(calls, n=10)[0] for calls in (plain, local)])
    ratios.sort()
    kept = "which keeps its connection if it may" if keep else "with a new connection a call"
    print(f"{ROUNDS} rounds of {CALLS} calls by one caller, {kept}; each round's median call")
    print(f"bare werkzeug        {statistics.median(bare):6.2f} ms")
    print(f"local, with the stub {statistics.median(ours):6.2f} ms")
    print(
        f"ratio round by round: median {statistics.median(ratios):.2f}, "
        f"from {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    # Where others use the machine, each hop between processes waits for a core; the fastest calls
    # are those that did not.
    fast_bare, fast_ours = (min(column) * 1000 for column in zip(*quiet, strict=True))
    print(f"fastest tenth: {fast_bare:.2f} ms and {fast_ours:.2f} ms: {fast_ours / fast_bare:.2f}")


def from_start_to_first_response(serve: tuple[str, ...]) -> None:
    """Measure the command's start until a first group is there."""
    taken = []
    for number in range(10):
        started = time.perf_counter()
        with running(*serve) as url:
            caller(url, keep=False)(number)
            taken.append(time.perf_counter() - started)
    taken.sort()
    print(f"first response: median {statistics.median(taken):.2f} s, at most {taken[-1]:.2f} s")


def main() -> None:
    """Measure all, and print it."""
    with tempfile.TemporaryDirectory() as folder:
        here = "python{}.{}".format(*sys.version_info)
        runtime = here if here in RUNTIMES else RUNTIMES[0]
        print(f"bare: {sys.executable}; instances: {interpreter.find(runtime)[0]}")
        options = ("--port", "0", "--runtime", runtime, "--on-failure", f"{folder}/failures")
        serve = ("-m", "create_group_id_tools", "serve", *options)
        from_start_to_first_response(serve)
        for keep in (False, True):
            beside_a_bare_application(serve, keep=keep)


if __name__ == "__main__":
    main()
