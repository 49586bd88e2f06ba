"""Mocks that overlap, in threads, tasks and any order: each has its own backend, or is refused."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from shop import sign_up

from onsmqtt_stub import Backend, mock_onsmqtt


def test_gather_of_decorated_coroutines() -> None:
    backends = [Backend() for _ in range(8)]

    async def create(number: int) -> int:
        await asyncio.sleep(0.001 * (number % 3))
        status = sign_up(f"GID_{number}00")
        await asyncio.sleep(0.001 * (7 - number))
        return status + sign_up(f"GID_{number}01")

    async def main() -> list[int]:
        return list(
            await asyncio.gather(
                *(mock_onsmqtt(backend)(create)(n) for n, backend in enumerate(backends))
            )
        )

    assert asyncio.run(main()) == [400] * 8
    for number, backend in enumerate(backends):
        assert backend.groups() == [f"GID_{number}00", f"GID_{number}01"]


def test_decorated_threads() -> None:
    backends = [Backend() for _ in range(8)]
    barrier = threading.Barrier(8)

    def create(number: int) -> int:
        barrier.wait(5)
        return sign_up(f"GID_{number}00")

    with ThreadPoolExecutor(8) as pool:
        calls = [
            pool.submit(mock_onsmqtt(backend)(create), number)
            for number, backend in enumerate(backends)
        ]
    assert [call.result() for call in calls] == [200] * 8
    assert [backend.groups() for backend in backends] == [[f"GID_{n}00"] for n in range(8)]


def test_threads_that_a_test_starts(onsmqtt: Backend) -> None:
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(sign_up, [f"GID_{number}00" for number in range(8)]))
    assert statuses == [200] * 8
    assert len(onsmqtt.groups()) == 8


def test_thread_within_nested_mocks_uses_the_innermost() -> None:
    with mock_onsmqtt() as outer, mock_onsmqtt() as inner, ThreadPoolExecutor(1) as pool:
        assert pool.submit(sign_up, "GID_one").result() == 200
    assert (outer.groups(), inner.groups()) == ([], ["GID_one"])


def test_thread_with_several_possible_mocks_is_refused() -> None:
    inside, done = threading.Barrier(3), threading.Event()

    @mock_onsmqtt
    def hold() -> None:
        inside.wait(5)
        done.wait(5)

    holders = [threading.Thread(target=hold) for _ in range(2)]
    for holder in holders:
        holder.start()
    inside.wait(5)
    try:
        with pytest.raises(requests.ConnectionError, match="several are active"):
            sign_up("GID_one")
    finally:
        done.set()
        for holder in holders:
            holder.join()


def test_to_thread_uses_the_mock_of_its_task(onsmqtt: Backend) -> None:
    mine = Backend()

    @mock_onsmqtt(mine)
    async def main() -> int:
        return await asyncio.to_thread(sign_up, "GID_one")

    assert asyncio.run(main()) == 200
    assert (onsmqtt.groups(), mine.groups()) == ([], ["GID_one"])


def test_out_of_order() -> None:
    before = requests.adapters.HTTPAdapter.send
    first, second = mock_onsmqtt(), mock_onsmqtt()
    one, two = first.start(), second.start()
    first.stop()
    assert sign_up("GID_one") == 200
    assert (one.groups(), two.groups()) == ([], ["GID_one"])
    second.stop()
    assert requests.adapters.HTTPAdapter.send is before


def test_the_same_object_nested() -> None:
    mock = mock_onsmqtt()
    with mock as outer:
        with mock as inner:
            assert sign_up("GID_inner") == 200
        assert sign_up("GID_outer") == 200
    assert (outer.groups(), inner.groups()) == (["GID_outer"], ["GID_inner"])


def test_the_same_object_in_threads() -> None:
    mock, barrier = mock_onsmqtt(), threading.Barrier(4)

    def create(number: int) -> list[str]:
        with mock as backend:
            barrier.wait(5)
            assert sign_up(f"GID_{number}00") == 200
            barrier.wait(5)
        return backend.groups()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, range(4))) == [[f"GID_{n}00"] for n in range(4)]


def test_generators_that_are_interleaved() -> None:
    def numbered(backend: Backend) -> Any:
        @mock_onsmqtt(backend)
        def generate() -> Any:
            yield sign_up("GID_one")
            yield sign_up("GID_two")

        return generate()

    backends = [Backend(), Backend()]
    running = [numbered(backend) for backend in backends]
    statuses = [next(each) for _ in range(2) for each in running]
    for each in running:
        each.close()
    assert statuses[:2] == [200, 200]
    assert requests.Session.send.__module__ == "requests.sessions"


def test_two_mocks_with_different_endpoints() -> None:
    with (
        mock_onsmqtt(endpoint="https://one.example") as one,
        mock_onsmqtt(endpoint="https://two.example") as two,
    ):
        assert sign_up("GID_one", "https://one.example") == 200
        assert sign_up("GID_two", "https://two.example") == 200
    assert (one.groups(), two.groups()) == (["GID_one"], ["GID_two"])


@pytest.fixture
async def entered_by_a_coroutine() -> Any:
    async with mock_onsmqtt() as backend:
        yield backend


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_async_fixture(entered_by_a_coroutine: Backend) -> None:
    assert sign_up("GID_one") == 200
    assert entered_by_a_coroutine.groups() == ["GID_one"]
