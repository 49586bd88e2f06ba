"""Measure what the stub adds to a call.

    python benchmarks/stub_calls.py [BLOCKS]

In process it is compared with a bare `responses` callback, over HTTP with a bare werkzeug
application, and with 100,000 groups instead of ten. Blocks of 25 calls take turns, so that other
load affects both sides. It prints the medians of the calls and of the blocks' ratios. The client
signs every call on both sides.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import responses
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

sys.path.insert(0, str(Path(__file__).parents[1]))

from onsmqtt_stub import Backend, mock_onsmqtt
from onsmqtt_stub.server import running
from tests.stub.client import HOST, INSTANCE, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BODY = json.dumps({"RequestId": "2C7D722D-0F3D-4415-A9CD-A464D82C0000"})
HEADERS = {"Content-Type": "application/json;charset=utf-8"}
BLOCK = 25

# A context manager for a block, and a function that makes the call of a number.
Side = tuple["Callable[[], AbstractContextManager[object]]", "Callable[[int], None]"]


def compare(title: str, bare: Side, full: Side, blocks: int) -> None:
    """Time both sides in turns, and print one line. The first two blocks warm up."""
    medians: tuple[list[float], list[float]] = ([], [])
    for block in range(blocks + 2):
        for (in_force, call), values in zip((bare, full), medians, strict=True):
            times = []
            with in_force():
                for number in range(block * BLOCK, (block + 1) * BLOCK):
                    started = time.perf_counter()
                    call(number)
                    times.append(time.perf_counter() - started)
            values.append(median(times))
    bare_times, full_times = (values[2:] for values in medians)
    ratio = median(full / bare for bare, full in zip(bare_times, full_times, strict=True))
    print(
        f"{title:36}{1000 * median(bare_times):8.3f} ms{1000 * median(full_times):8.3f} ms"
        f"{ratio:8.2f}"
    )


def creating(client: Client, headers: Any = None) -> Callable[[int], None]:
    """Return a function that creates a group."""

    def create(number: int) -> None:
        response = client.create(f"GID_new_{number}", headers=headers)
        assert response.status_code == 200, response.text  # noqa: S101 - a failed call must not count

    return create


def creating_and_deleting(client: Client) -> Callable[[int], None]:
    """Return a function that creates a group and deletes it."""
    create = creating(client)

    def both(number: int) -> None:
        create(number)
        client.v3("DeleteGroupId", GroupId=f"GID_new_{number}", InstanceId=INSTANCE)

    return both


@contextmanager
def bare_mock() -> Iterator[None]:
    """Return a constant response, with `responses` alone."""
    with responses.RequestsMock() as mock:
        mock.add_callback("POST", f"https://{HOST}/", lambda _: (200, HEADERS, BODY))
        yield


class Quiet(WSGIRequestHandler):
    """Werkzeug's handler without its log line for each call."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing."""


@contextmanager
def bare_server() -> Iterator[str]:
    """Return a constant response, by werkzeug alone."""

    def application(environ: Any, start_response: Any) -> Any:
        return Response(BODY, headers=HEADERS)(environ, start_response)

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def main(blocks: int) -> None:
    """Print a line for each comparison."""
    print(f"{'':36}{'beside':>11}{'stub':>11}{'ratio':>8}")
    backend = Backend()
    create = creating(Client(backend, f"https://{HOST}"))
    compare("in process", (bare_mock, create), (lambda: mock_onsmqtt(backend), create), blocks)
    with bare_server() as bare, running(backend) as full:
        for title, headers in (
            ("connection kept", {}),
            ("connection closed", {"connection": "close"}),
        ):
            backend.reset()
            beside, stub = (creating(Client(backend, url), headers) for url in (bare, full))
            compare(f"over HTTP, {title}", (nullcontext, beside), (nullcontext, stub), blocks)
    for title, make in (("create", creating), ("create and delete", creating_and_deleting)):
        few, many = (filled_side(groups, make) for groups in (10, 100_000))
        compare(f"100,000 groups: {title}", few, many, blocks)


def filled_side(groups: int, make: Callable[[Client], Callable[[int], None]]) -> Side:
    """Return a side whose instance already has this number of groups."""
    backend = Backend()
    for number in range(groups):
        backend.add_group(f"GID_old_{number}")
    return lambda: mock_onsmqtt(backend), make(Client(backend, f"https://{HOST}"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
