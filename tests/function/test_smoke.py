from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world import World


def test_a_post_creates_the_group(world: World) -> None:
    answer = world.post({"GroupId": "GID_test"})
    assert answer["Data"]["Outcome"] == "Created"
    assert world.backend.groups() == ["GID_test"]
