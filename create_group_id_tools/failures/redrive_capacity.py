"""Read from template.yml how many events the function can handle at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from create_group_id_tools.project import ROOT
from create_group_id_tools.template import deployment, strict_yaml
from create_group_id_tools.template.rendering import RenderError
from create_group_id_tools.terminal import CommandError

if TYPE_CHECKING:
    from create_group_id_tools.template.deployment import Deployment

# Calls per second: the pace to which an instance slows down while the API throttles it.
_SLOWEST = 1.0
# The share of the timeout for first attempts. The rest is for retries.
_FIRST_ATTEMPTS = 2 / 3


@dataclass(frozen=True)
class Capacity:
    """The function's instances, and the number of events that one invocation has time for.

    `dead_letters` is the name of the function for dead letters, which name none.
    """

    dead_letters: str
    instances: int
    batch_size: int


def of_events() -> Capacity:
    """Return the capacity of template.yml's function for events; raise `CommandError`."""
    try:
        text = strict_yaml.text_of(ROOT / "template.yml")
        deployments = deployment.read(text, os.environ, {})
        events = deployment.for_events(deployments)
        # Dead letters come only from queues, and another function may not accept their types.
        bulk = next((item for item in deployments if item.streams), events)
        return Capacity(bulk.function.name, events.instances, _batch_size(events))
    except OSError as error:
        raise CommandError(f"template.yml: {error.strerror}") from None
    except (RenderError, ValueError) as error:
        raise CommandError(f"template.yml: {error}") from None


def _batch_size(deployed: Deployment) -> int:
    function = deployed.function
    pace = min(_SLOWEST, float(function.environment.get("ONSMQTT_MAX_QPS", _SLOWEST)))
    return max(1, int(function.timeout * pace * _FIRST_ATTEMPTS))
