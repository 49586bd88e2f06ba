"""Import a handler by its name, with FC's errors.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling-1-1
"""

from __future__ import annotations

import traceback
from importlib import import_module
from typing import Any


class LoadError(Exception):
    """The handler cannot be imported: FC's error type, message and stack trace."""

    def __init__(self, kind: str, message: str, stack_trace: list[str]) -> None:
        super().__init__(message)
        self.kind, self.stack_trace = kind, stack_trace


def load(handler: str) -> Any:
    """Import `module.function`; raise `LoadError`.

    A failure is not cached: the next invocation tries again.
    """
    module_name, dot, name = handler.rpartition(".")
    if not dot:
        cause = "ValueError: not enough values to unpack (expected 2, got 1)"
        raise LoadError("InvalidHandleName", f"Invalid handler '{handler}'", [cause])
    try:
        module = import_module(module_name.replace("/", "."))
    except Exception as error:
        raise _import_failure(module_name, error) from error
    try:
        return getattr(module, name)
    except AttributeError as error:
        raise LoadError(
            "HandlerNotFound",
            f"Handler '{name}' is missing on module '{module_name}'",
            [_last_line(error)],
        ) from error


def _import_failure(module: str, error: Exception) -> LoadError:
    if isinstance(error, ImportError):
        return LoadError(
            "ImportModuleError", f"Unable to import module '{module}'", [_last_line(error)]
        )
    if isinstance(error, SyntaxError):
        place = [f'File "{error.filename}"', f"line {error.lineno}", (error.text or "").strip()]
        return LoadError(
            "UserCodeSyntaxError",
            f"Syntax error in module '{module}'",
            [*place, _last_line(error)],
        )
    if isinstance(error, ValueError):
        # FC reports every ValueError of the import as an invalid handler name.
        return LoadError("InvalidHandleName", f"Invalid handler '{module}'", [_last_line(error)])
    return LoadError(
        "UserCodeError", f"Module initialization error: '{error}'", [_last_line(error)]
    )


def _last_line(error: Exception) -> str:
    return traceback.format_exception_only(type(error), error)[-1].strip()
