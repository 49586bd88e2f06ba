"""Decorated classes of pytest and unittest: collected as before, each test with a new backend."""

from __future__ import annotations

import io
import unittest
from typing import Any, ClassVar

import pytest
import requests
from shop import sign_up

from onsmqtt_stub import Backend, Fault, mock_onsmqtt


@mock_onsmqtt
class TestPlain:
    ran: ClassVar[list[str]] = []

    def setup_method(self) -> None:
        self.status = sign_up("GID_setup")

    def teardown_method(self, method: Any) -> None:
        assert sign_up("GID_teardown") == 200
        self.ran.append(method.__name__)

    @pytest.fixture(autouse=True)
    def _fixture(self) -> Any:
        assert sign_up("GID_fixture") == 200
        yield
        assert sign_up("GID_fixture") == 400

    def test_first(self) -> None:
        assert (self.status, sign_up("GID_setup"), sign_up("GID_test")) == (200, 400, 200)

    def test_second_test_has_a_new_backend(self) -> None:
        assert (self.status, sign_up("GID_test")) == (200, 200)

    async def _helper(self) -> int:
        return sign_up("GID_async")

    @pytest.mark.anyio
    async def test_coroutine(self) -> None:
        assert await self._helper() == 200

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    class TestNested:
        def test_nested(self) -> None:
            assert sign_up("GID_nested") == 200


class TestDerived(TestPlain):
    def setup_method(self) -> None:
        super().setup_method()
        assert sign_up("GID_setup") == 400

    def test_of_the_derived_class(self) -> None:
        assert sign_up("GID_test") == 200


@mock_onsmqtt
class TestWithoutSetUp:
    def test_one(self) -> None:
        assert sign_up("GID_one") == 200


SHARED = Backend()


@mock_onsmqtt(SHARED)
class TestSharedBackend:
    @classmethod
    def setup_class(cls) -> None:
        SHARED.reset()
        assert sign_up("GID_class") == 200

    def test_group_exists(self) -> None:
        assert SHARED.groups() == ["GID_class"]


@mock_onsmqtt
class TestOfUnittest(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(lambda: self.assertEqual(sign_up("GID_cleanup"), 200))
        self.assertEqual(sign_up("GID_setup"), 200)

    def tearDown(self) -> None:
        self.assertEqual(sign_up("GID_setup"), 400)

    def test_first(self) -> None:
        self.assertEqual(sign_up("GID_test"), 200)

    def test_second_test_has_a_new_backend(self) -> None:
        self.assertEqual(sign_up("GID_test"), 200)


class TestDerivedOfUnittest(TestOfUnittest):
    def test_third(self) -> None:
        self.assertEqual(sign_up("GID_test"), 200)


@mock_onsmqtt
class TestAsyncOfUnittest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.assertEqual(sign_up("GID_setup"), 200)

    async def test_coroutine(self) -> None:
        self.assertEqual((sign_up("GID_setup"), sign_up("GID_test")), (400, 200))


@mock_onsmqtt
class Mixin:
    def test_mixed_in(self) -> None:
        assert sign_up("GID_setup") == 400


class TestMixed(Mixin, unittest.TestCase):
    def setUp(self) -> None:
        self.assertEqual(sign_up("GID_setup"), 200)


def test_a_class_stays_a_class() -> None:
    assert isinstance(TestPlain, type)
    assert TestPlain.__name__ == "TestPlain"
    assert unittest.TestLoader().loadTestsFromTestCase(TestOfUnittest).countTestCases() == 2


def test_runner_of_unittest_sees_failures() -> None:
    @mock_onsmqtt
    class Failing(unittest.TestCase):
        def test_fails(self) -> None:
            self.assertEqual(sign_up("GID_one"), 418)

        def test_passes(self) -> None:
            self.assertEqual(sign_up("GID_one"), 200)

    suite = unittest.TestLoader().loadTestsFromTestCase(Failing)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    assert (result.testsRun, len(result.failures), len(result.errors)) == (2, 1, 0)
    Failing("test_passes").debug()


def test_pytest_sees_failures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest
        from onsmqtt_stub import mock_onsmqtt

        @mock_onsmqtt
        class TestPlain:
            def test_fails(self):
                assert False

            def test_passes(self):
                pass

        @mock_onsmqtt
        class TestUnit(unittest.TestCase):
            def test_fails(self):
                assert False
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)


def test_class_level_set_up_needs_a_backend_for_the_class() -> None:
    @mock_onsmqtt
    class Early(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            sign_up("GID_class")

        def test_never_runs(self) -> None:
            raise AssertionError

    with pytest.raises(requests.ConnectionError, match=r"setUpClass runs outside .* setUp"):
        Early.setUpClass()


def test_class_without_tests_is_refused() -> None:
    class Shop:
        def sign_up(self) -> int:
            return sign_up("GID_one")

    with pytest.raises(TypeError, match="class Shop has no methods with names that begin"):
        mock_onsmqtt(Shop)


def test_failing_set_up_leaves_nothing_active() -> None:
    @mock_onsmqtt
    class Failing:
        def setup_method(self) -> None:
            raise KeyError

        def test_never_runs(self) -> None:
            raise AssertionError

    with pytest.raises(KeyError):
        Failing().setup_method()
    assert requests.Session.send.__module__ == "requests.sessions"
    assert not hasattr(requests.Session.send, "__wrapped__")


@mock_onsmqtt(SHARED)
class TestDerivedWithABackend(TestPlain):
    @classmethod
    def setup_class(cls) -> None:
        SHARED.reset()

    def setup_method(self) -> None:
        SHARED.reset()
        super().setup_method()

    def test_backend_is_that_of_the_derived_class(self) -> None:
        assert SHARED.groups() == ["GID_setup", "GID_fixture"]


@mock_onsmqtt(SHARED)
class TestDerivedOfUnittestWithABackend(TestOfUnittest):
    @classmethod
    def setUpClass(cls) -> None:
        SHARED.reset()
        sign_up("GID_class")

    def setUp(self) -> None:
        assert "GID_class" in SHARED.groups()
        SHARED.reset()
        sign_up("GID_class")
        super().setUp()


@mock_onsmqtt
class TestFaults:
    def test_test_called_by_hand(self) -> None:
        backend = Backend()
        backend.set_faults([Fault("error", code="Throttling")])
        with mock_onsmqtt(backend):
            assert sign_up("GID_one") == 400
        assert sign_up("GID_one") == 200


def test_without_a_runner() -> None:
    TestWithoutSetUp().test_one()
    TestWithoutSetUp().test_one()
