"""Decorated functions of every kind are mocked until they have run."""

from __future__ import annotations

import asyncio
import functools
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import pytest
from shop import sign_up

from onsmqtt_stub import Backend, OnsMqttMock, mock_onsmqtt

BACKEND = Backend()


@mock_onsmqtt
def test_function() -> None:
    assert sign_up("GID_one") == 200


@mock_onsmqtt()
def test_called_decorator() -> None:
    assert sign_up("GID_one") == 200


@mock_onsmqtt(BACKEND)
def test_decorator_with_a_backend() -> None:
    BACKEND.reset()
    assert sign_up("GID_one") == 200
    assert BACKEND.groups() == ["GID_one"]


@pytest.mark.parametrize("group_id", ("GID_one", "GID_two"))
@mock_onsmqtt
def test_each_parameter_set_has_a_new_backend(group_id: str, tmp_path: Any) -> None:
    assert tmp_path.exists()
    assert (sign_up(group_id), sign_up("GID_same")) == (200, 200)


@pytest.fixture
@mock_onsmqtt(BACKEND)
def signed_up() -> Any:
    BACKEND.reset()
    assert sign_up("GID_fixture") == 200
    yield BACKEND
    assert sign_up("GID_afterwards") == 200


def test_yield_fixture_is_mocked_during_the_test(signed_up: Backend) -> None:
    assert sign_up("GID_test") == 200
    assert signed_up.groups() == ["GID_fixture", "GID_test"]


def test_fixture_of_the_plugin(onsmqtt: Backend) -> None:
    assert sign_up("GID_one") == 200
    assert onsmqtt.groups() == ["GID_one"]


def test_plugin_that_is_also_in_pytest_plugins(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["onsmqtt_stub.plugin"]')
    pytester.makepyfile("def test_it(onsmqtt): assert onsmqtt.groups() == []")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_plugin_imports_no_urllib3_before_a_conftest(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There gevent may patch ssl. Other plugins are not loaded, since they may import urllib3.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest("import sys; assert 'urllib3' not in sys.modules")
    pytester.makepyfile("def test_it(onsmqtt): assert onsmqtt.groups() == []")
    options = ("-p", "no:cacheprovider", "-p", "onsmqtt_stub.plugin")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_coroutine() -> None:
    @mock_onsmqtt
    async def coroutine() -> int:
        await asyncio.sleep(0)
        return sign_up("GID_one")

    assert asyncio.run(coroutine()) == 200


def test_generator_behaves_as_undecorated() -> None:
    @mock_onsmqtt
    def generator() -> Any:
        received = yield sign_up("GID_one")
        try:
            yield sign_up(received)
        except KeyError:
            yield sign_up("GID_thrown")
        return sign_up("GID_returned")

    running = generator()
    assert next(running) == 200
    assert running.send("GID_sent") == 200
    assert running.throw(KeyError()) == 200
    with pytest.raises(StopIteration) as ended:
        next(running)
    assert ended.value.value == 200


def test_async_generator_behaves_as_undecorated() -> None:
    closed = []

    @mock_onsmqtt
    async def generator() -> Any:
        try:
            received = yield sign_up("GID_one")
            try:
                yield sign_up(received)
            except KeyError:
                yield sign_up("GID_thrown")
        finally:
            closed.append(sign_up("GID_closed"))

    async def drive() -> list[int]:
        async with aclosing(generator()) as running:
            return [
                await running.__anext__(),
                await running.asend("GID_sent"),
                await running.athrow(KeyError()),
            ]

    assert asyncio.run(drive()) == [200, 200, 200]
    assert closed == [200]


def behind(function: Any) -> Any:
    """Wrap as retry and tracing libraries do: a function that returns an object that runs later."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def test_coroutine_behind_a_wrapper() -> None:
    @mock_onsmqtt
    @behind
    async def coroutine() -> int:
        await asyncio.sleep(0)
        return sign_up("GID_one")

    assert asyncio.run(coroutine()) == 200


def test_task_behind_a_wrapper() -> None:
    @mock_onsmqtt
    def start() -> Any:
        async def call() -> int:
            await asyncio.sleep(0)
            return sign_up("GID_one")

        return asyncio.ensure_future(call())

    async def main() -> list[int]:
        return list(await asyncio.gather(start(), start()))

    assert asyncio.run(main()) == [200, 200]


def test_generators_behind_a_wrapper() -> None:
    @mock_onsmqtt
    @behind
    def generator() -> Any:
        yield sign_up("GID_one")

    @mock_onsmqtt
    @behind
    async def asynchronous() -> Any:
        yield sign_up("GID_one")

    async def drive() -> list[int]:
        return [status async for status in asynchronous()]

    assert list(generator()) == [200]
    assert asyncio.run(drive()) == [200]


def test_context_managers_of_contextlib() -> None:
    @mock_onsmqtt
    @contextmanager
    def context() -> Any:
        yield sign_up("GID_one")

    @mock_onsmqtt
    @asynccontextmanager
    async def asynchronous() -> Any:
        yield sign_up("GID_one")

    async def enter() -> int:
        async with asynchronous() as status:
            assert status == 200
            return sign_up("GID_two")

    with context() as status:
        assert (status, sign_up("GID_two")) == (200, 200)
    assert asyncio.run(enter()) == 200


def test_partial_and_methods() -> None:
    class Shop:
        @mock_onsmqtt
        def method(self) -> int:
            return sign_up("GID_one")

        @mock_onsmqtt
        @staticmethod
        def static() -> int:
            return sign_up("GID_one")

        @mock_onsmqtt
        @classmethod
        def of_class(cls) -> int:
            return sign_up("GID_one")

    assert mock_onsmqtt(functools.partial(sign_up, "GID_one"))() == 200
    assert Shop().method() == Shop.static() == Shop.of_class() == 200


def test_start_and_stop() -> None:
    mock = mock_onsmqtt()
    assert isinstance(mock, OnsMqttMock)
    backend = mock.start()
    assert sign_up("GID_one") == 200
    mock.stop()
    assert backend.groups() == ["GID_one"]
    with pytest.raises(RuntimeError, match="more often than"):
        mock.stop()


def test_async_with() -> None:
    async def main() -> int:
        async with mock_onsmqtt():
            return sign_up("GID_one")

    assert asyncio.run(main()) == 200


@pytest.mark.parametrize(
    "target", (property(sign_up), "https://example.com", 3, pytest.fixture(lambda: None))
)
def test_other_objects_are_refused_in_one_line(target: Any) -> None:
    with pytest.raises(TypeError, match=r"\Amock_onsmqtt: cannot decorate a [^\n]*\Z"):
        mock_onsmqtt(target)
