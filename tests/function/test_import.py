"""The import of the function, in this process: what runs before the first invocation."""

from __future__ import annotations

import gc
import importlib
import itertools
import random
import re
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests

import create_group_id
import index
from create_group_id import pattern_cache
from onsmqtt_stub import INSTANCE_ID, Backend, Fault, mock_onsmqtt
from tests.world import EPOCH, Clock, a_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
REQUEST = f'{{"GroupId": "GID_test", "InstanceId": "{INSTANCE_ID}"}}'.encode()


@pytest.fixture
def _its_own_warnings() -> Iterator[None]:
    """Turn every warning into an error, but those that the import of the package ignores."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def import_anew(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import `index` again; a second import would wire nothing."""
    monkeypatch.delitem(sys.modules, index.__name__)
    return importlib.import_module(index.__name__)


def test_the_version_is_the_newest_of_the_changelog() -> None:
    headings = re.findall(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert importlib.reload(create_group_id).__version__ == headings[0]


def test_takes_the_patterns_of_the_package_step(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    monkeypatch.setattr(pattern_cache, "fill", lambda: calls.append(True))
    importlib.reload(create_group_id)
    assert calls == [True]


@pytest.mark.usefixtures("_its_own_warnings")
def test_requests_does_not_warn_that_the_zip_lacks_charset_normalizer() -> None:
    importlib.reload(create_group_id)
    requests.check_compatibility("2.0.0", None, None)
    with pytest.raises(UserWarning):
        warnings.warn("any other", stacklevel=1)


def test_the_import_leaves_no_garbage_to_collect(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def recorder(name: str) -> Callable[[], None]:
        return lambda: calls.append(name)

    for name in ("disable", "freeze", "enable"):
        monkeypatch.setattr(gc, name, recorder(name))
    import_anew(monkeypatch)
    assert calls == ["disable", "freeze", "enable"]


def test_the_import_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        moments = itertools.chain([100.0], itertools.repeat(102.5))
        changed.setattr(time, "monotonic", lambda: next(moments))
        anew = import_anew(monkeypatch)
    assert anew._handler.import_seconds == 2.5


def test_uses_the_clocks_the_sleep_and_the_randomness_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    with monkeypatch.context() as changed:
        changed.setattr(time, "monotonic", clock)
        changed.setattr(time, "time", clock.wall)
        changed.setattr(time, "sleep", clock.sleep)
        changed.setattr(random, "SystemRandom", lambda: SimpleNamespace(random=lambda: 1.0))
        anew = import_anew(monkeypatch)
    backend = Backend(clock=clock.wall, sleep=clock.sleep)
    backend.set_faults([Fault("error", code="ServiceUnavailable", status=503, times=1)])
    with mock_onsmqtt(backend):
        assert anew.handler(REQUEST, a_context())["Success"]
    assert [call.at for call in backend.journal] == pytest.approx([EPOCH, EPOCH + 0.4])
