"""The pytest plugin with the fixture `local_function`, which an entry point registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from create_group_id_tools.testing import LocalFunction


@pytest.fixture(scope="session")
def local_function_options() -> dict[str, Any]:
    """Return the arguments of `testing.local_function`; override this fixture to change them."""
    return {}


@pytest.fixture(scope="session")
def local_function_server(local_function_options: dict[str, Any]) -> Iterator[LocalFunction]:
    """Run the function for the whole session, since its first call takes the longest."""
    # Imported late, so that it costs nothing in a session that does not use it.
    from create_group_id_tools import testing  # noqa: PLC0415 - see above

    with testing.local_function(**local_function_options) as function:
        yield function


@pytest.fixture
def local_function(local_function_server: LocalFunction) -> LocalFunction:
    """Return the running function, without the groups and faults of earlier tests."""
    local_function_server.reset()
    return local_function_server
