"""FC's Python runtime in this process, against documented and observed values."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from create_group_id_tools.runtime import runtime
from create_group_id_tools.runtime.context import FunctionConfig
from create_group_id_tools.runtime.result import EXITED, raised

if TYPE_CHECKING:
    from pathlib import Path

    from create_group_id_tools.runtime.result import Result


def run(tmp_path: Path, source: str, event: bytes = b"{}", **options: Any) -> Result:
    """Invoke `handler` of a new module with `source`, whose name is unique."""
    name = f"code_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(source)
    function = FunctionConfig(handler=f"{name}.handler", initializer=f"{name}.initialize")
    options = {"function": function, "code": tmp_path, "log": io.StringIO(), **options}
    return runtime.invoke(event, **options)


NO_HOOK = "def initialize(context): pass\n"


def test_an_exception_is_reported_with_its_frames_and_without_its_cause(tmp_path: Path) -> None:
    source = NO_HOOK + (
        "def inner(event):\n"
        "    raise ValueError('bad order id: 42') from KeyError('x')\n"
        "def handler(event, context):\n"
        "    return inner(event)\n"
    )
    result = run(tmp_path, source)
    (module,) = tmp_path.glob("code_*.py")
    assert result.error_type == "UnhandledInvocationError"
    assert json.loads(result.body) == {
        "errorMessage": "bad order id: 42",
        "errorType": "ValueError",
        "stackTrace": [
            [f'File "{module}"', "line 5", "in handler", "return inner(event)"],
            [
                f'File "{module}"',
                "line 3",
                "in inner",
                "raise ValueError('bad order id: 42') from KeyError('x')",
            ],
        ],
    }


@pytest.mark.parametrize(
    ("source", "description"),
    (
        (
            "def handler(event, context): raise KeyError('order')",
            {"errorMessage": "'order'", "errorType": "KeyError"},
        ),
        (
            "def handler(event): pass",
            {
                "errorMessage": "handler() takes 1 positional argument but 2 were given",
                "errorType": "TypeError",
            },
        ),
        (
            "",
            {
                "errorMessage": "Handler 'handler' is missing on module 'MODULE'",
                "errorType": "HandlerNotFound",
                "stackTrace": ["AttributeError: module 'MODULE' has no attribute 'handler'"],
            },
        ),
    ),
)
def test_a_failure_is_reported_as_documented(
    tmp_path: Path, source: str, description: dict[str, object]
) -> None:
    body = json.loads(run(tmp_path, NO_HOOK + source).body)
    (module,) = tmp_path.glob("code_*.py")
    expected = json.loads(json.dumps(description).replace("MODULE", module.stem))
    assert {name: body[name] for name in expected} == expected
    if "TypeError" in description.values() and "errorMessage" in description:
        assert "stackTrace" not in body


@pytest.mark.parametrize(
    ("source", "description"),
    (
        (
            "import not_exist_module",
            {
                "errorMessage": "Unable to import module 'MODULE'",
                "errorType": "ImportModuleError",
                "stackTrace": ["ModuleNotFoundError: No module named 'not_exist_module'"],
            },
        ),
        (
            "raise RuntimeError('config missing')",
            {
                "errorMessage": "Module initialization error: 'config missing'",
                "errorType": "UserCodeError",
                "stackTrace": ["RuntimeError: config missing"],
            },
        ),
        (
            "import json\njson.loads('')",
            {
                "errorMessage": "Invalid handler 'MODULE'",
                "errorType": "InvalidHandleName",
                "stackTrace": [
                    "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
                ],
            },
        ),
        (
            "def handler(:",
            {"errorMessage": "Syntax error in module 'MODULE'", "errorType": "UserCodeSyntaxError"},
        ),
    ),
)
def test_a_module_that_cannot_be_imported_fails_the_initializer(
    tmp_path: Path, source: str, description: dict[str, object]
) -> None:
    result = run(tmp_path, source)
    (module,) = tmp_path.glob("code_*.py")
    assert result.error_type == "InitializationError"
    body = json.loads(result.body)
    expected = json.loads(json.dumps(description).replace("MODULE", module.stem))
    assert {name: body[name] for name in expected} == expected
    if "stackTrace" not in description:
        *place, last = body["stackTrace"]
        assert place == [f'File "{module}"', "line 1", "def handler(:"]
        assert last.startswith("SyntaxError: ")


def test_a_handler_without_a_dot_has_no_module(tmp_path: Path) -> None:
    function = FunctionConfig(handler="nodot", initializer="nodot")
    result = runtime.invoke(b"", function=function, code=tmp_path, log=io.StringIO())
    assert json.loads(result.body)["errorMessage"] == "Invalid handler 'nodot'"
    assert json.loads(result.body)["errorType"] == "InvalidHandleName"


def test_what_ends_a_process_is_reported_as_its_exit(tmp_path: Path) -> None:
    result = run(tmp_path, NO_HOOK + "def handler(event, context): raise SystemExit(0)")
    assert json.loads(result.body) == {"errorMessage": EXITED}
    assert isinstance(result.error, SystemExit)


def test_the_event_is_bytes_even_when_empty(tmp_path: Path) -> None:
    source = NO_HOOK + "def handler(event, context): return repr(event)"
    assert run(tmp_path, source, b"").body == b"b''"


def test_the_log_has_the_format_of_fc(tmp_path: Path) -> None:
    source = NO_HOOK + (
        "import logging\n"
        "def handler(event, context):\n"
        "    logging.getLogger().info('hello world')\n"
        "    logging.getLogger('a.library').debug('not this')\n"
        "    raise ValueError('no')\n"
    )
    log = io.StringIO()
    run(tmp_path, source, log=log, request_id="1-67aee50c-0-0")
    lines = log.getvalue().splitlines()
    assert lines[:3] == [
        "FC Initialize Start RequestId: 1-67aee50c-0-0",
        "FC Initialize End RequestId: 1-67aee50c-0-0",
        "FC Invoke Start RequestId: 1-67aee50c-0-0",
    ]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 1-67aee50c-0-0"
    assert re.fullmatch(rf"{stamp} \[INFO\] hello world", lines[3])
    assert re.fullmatch(rf"{stamp} \[ERROR\] {{", lines[4])
    assert lines[-1] == ("FC Invoke End RequestId: 1-67aee50c-0-0, Error: Unhandled function error")
    assert "not this" not in log.getvalue()


def test_the_process_is_left_unchanged(tmp_path: Path) -> None:
    before = dict(os.environ), sys.path[:], logging.getLogger().handlers[:]
    run(tmp_path, NO_HOOK + "def handler(event, context): return 1")
    assert (dict(os.environ), sys.path, logging.getLogger().handlers) == before


def test_an_exception_that_was_never_raised_has_no_trace() -> None:
    assert json.loads(raised(ValueError("x")).body) == {
        "errorMessage": "x",
        "errorType": "ValueError",
    }
