"""Compare the local Function Compute with a bare werkzeug application.

Run `python benchmarks/local_http.py`. Both run as separate processes. Rounds of calls to one and to
the other take turns, so that other load affects both, and the ratio is taken for each round. Use
the Python of a runtime, `.venv-3.10/bin/python`. Otherwise the instances may have another Python.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import upstream
from create_group_id_tools.local import interpreter
from create_group_id_tools.project import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
ROUNDS, CALLS = 20, 50
QPS = {"ONSMQTT_MAX_QPS": "10000"}
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


def caller(url: str, *, keep: bool) -> Callable[[int], float]:
    """Return a function that creates one group, and returns the seconds that it took.

    With `keep` it keeps its connection if the server does, as the SDKs' sessions do.
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
    """Measure calls to both, round by round, and print the figures."""
    number, ours, bare, ratios, quiet = 0, [], [], [], []
    with upstream.serving("-c", BARE) as one, upstream.serving(*serve, **QPS) as other:
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
    kept = "which keeps its connection" if keep else "with a new connection per call"
    print(f"{ROUNDS} rounds of {CALLS} calls by one caller, {kept}; median call of each round")
    print(f"bare werkzeug        {statistics.median(bare):6.2f} ms")
    print(f"local, with the stub {statistics.median(ours):6.2f} ms")
    print(
        f"ratio of the rounds: median {statistics.median(ratios):.2f}, "
        f"from {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    # Under other load, each switch between processes waits for a core. The fastest calls did not
    # wait.
    fast_bare, fast_ours = (min(column) * 1000 for column in zip(*quiet, strict=True))
    print(
        f"fastest tenth: {fast_bare:.2f} and {fast_ours:.2f} ms, ratio {fast_ours / fast_bare:.2f}"
    )


def from_start_to_first_response(serve: tuple[str, ...]) -> None:
    """Measure the time from the start of the command to the first group, and print it."""
    taken = []
    for number in range(10):
        started = time.perf_counter()
        with upstream.serving(*serve, **QPS) as url:
            caller(url, keep=False)(number)
            taken.append(time.perf_counter() - started)
    taken.sort()
    print(f"first response: median {statistics.median(taken):.2f} s, at most {taken[-1]:.2f} s")


def main() -> None:
    """Measure and print everything."""
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
