"""`serve`: Function Compute on this machine, over the stub of OnsMqtt or the real one."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from create_group_id_tools import terminal
from create_group_id_tools.account.live import start_live
from create_group_id_tools.failures.destination import Destination
from create_group_id_tools.failures.private_file import make_folder, open_private
from create_group_id_tools.local import interpreter, stack
from create_group_id_tools.local.accepted import AcceptedError
from create_group_id_tools.local.page import PREFIX
from create_group_id_tools.project import ROOT, RUNTIMES
from create_group_id_tools.runtime.context import own_variables
from create_group_id_tools.template import deployment, strict_yaml
from create_group_id_tools.template.rendering import RenderError
from create_group_id_tools.terminal import (
    CommandError,
    FiniteRange,
    display_path,
    excludes,
    log,
    needs,
    note,
    output,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


_FAILURES = ROOT / "build" / "failures.jsonl"
# A file of its own: a server runs the events that the one before left in its failure file's folder,
# and events of a trial must not create billed groups.
_LIVE_FAILURES = ROOT / "build" / "failures-live.jsonl"


@click.command(short_help="Run a local Function Compute over the stub.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9000,
    show_default=True,
    help="Port on 127.0.0.1 to listen on; 0 takes a free one.",
)
@click.option(
    "--reload", is_flag=True, help="Reload the function at the next request after a change in src/."
)
@click.option(
    "--auth",
    type=click.Choice(["anonymous", "function"]),
    help="Whether callers of the HTTP trigger must sign their requests (function), as template.yml "
    "demands, or need not (anonymous).  [default: anonymous; with --live function]",
)
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default=RUNTIMES[0],
    show_default=True,
    help="Run the functions as this runtime of Function Compute does.",
)
@click.option(
    "--instances",
    type=click.IntRange(1, 64),
    help="Most instances of each function at a time, instead of the number in template.yml.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 86400),
    metavar="SECONDS",
    help="Timeout of each function in seconds, instead of the one in template.yml.",
)
@click.option(
    "--max-retries",
    type=click.IntRange(0, 8),
    help="Retries of a failed asynchronous invocation, instead of the number in template.yml.",
)
@click.option(
    "--retry-delay",
    type=FiniteRange(0, 86400),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Seconds before each retry.",
)
@click.option(
    "--on-success",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append the results of successful asynchronous invocations to FILE.",
)
@click.option(
    "--on-failure",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Append the results of failed asynchronous invocations to FILE.  "
    "[default: build/failures.jsonl; with --live build/failures-live.jsonl]",
)
@click.option(
    "--live", is_flag=True, help="Create groups in the real OnsMqtt, where each is billed."
)
@click.option("--yes", is_flag=True, help="Do not ask before the start; needs --live.")
def command(
    *,
    port: int,
    reload: bool,
    auth: str | None,
    runtime: str,
    instances: int | None,
    timeout: int | None,
    max_retries: int | None,
    retry_delay: float,
    on_success: Path | None,
    on_failure: Path | None,
    live: bool,
    yes: bool,
) -> None:
    """Run the functions of template.yml on this machine until SIGTERM, SIGINT or SIGHUP.

    The first line of output is the URL of the HTTP trigger, which is also the endpoint for the
    SDKs.

    With --live the groups are created in the MQTT instance ONSMQTT_INSTANCE_ID. The credentials
    are ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
    ALIBABA_CLOUD_SECURITY_TOKEN, or those of ~/.aliyun/config.json or
    ~/.alibabacloud/credentials.ini.
    """
    variables = own_variables(os.environ)
    if not live:
        needs("--live", {"--yes": yes})
    else:
        # The groups are billed, so every caller must sign.
        excludes("--live", {"--auth anonymous": auth == "anonymous"})
    credentials = start_live(variables, runtime, ask=not yes) if live else None
    # Before anything starts, so that no signal is missed.
    stop = terminal.stop_event()
    python, warning = interpreter.find(runtime)
    options = stack.Options(
        runtime=runtime,
        python=python,
        on_failure=_destination(on_failure or (_LIVE_FAILURES if live else _FAILURES)),
        on_success=_destination(on_success) if on_success else None,
        port=port,
        signed=auth == "function",
        reload=reload,
        instances=instances,
        credentials=credentials,
        log=log,
    )
    deployments = _deployments(variables, max_retries, retry_delay, timeout)
    try:
        with stack.running(deployments, options) as running:
            _announce(running.url, deployments, options)
            if warning:
                note(warning)
            terminal.wait_for(stop)
    except AcceptedError as error:
        raise CommandError(f"--on-failure {error}") from None
    except stack.UnwrittenRecords as error:
        for record in error.records:
            log(json.dumps(record) + "\n")
        note(f"Error: {error}. They are the lines above.", fg="red")
        sys.exit(1)
    except OSError as error:
        hint = "; --port 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
        raise CommandError(f"--port {port}: {error.strerror}{hint}") from None


def _announce(url: str, deployments: list[deployment.Deployment], options: stack.Options) -> None:
    output(url)
    if options.credentials is None:  # with --live callers must sign, which a browser cannot
        note(f"{url}{PREFIX} shows what happens")
    for item in deployments:
        size = options.instances or item.instances
        note(f"{item.function.name}: {size} instances, {item.function.timeout} s")
        for stream in item.streams:
            note(f"  reads {url}/queues/{stream.queue}, {stream.batch_size} messages at a time")
    note(f"Failed asynchronous invocations go to {display_path(options.on_failure.path)}")


def _deployments(
    variables: Mapping[str, str], max_retries: int | None, retry_delay: float, timeout: int | None
) -> list[deployment.Deployment]:
    try:
        text = strict_yaml.text_of(ROOT / "template.yml")
        deployments = deployment.read(text, os.environ, variables)
    except OSError as error:
        raise CommandError(f"template.yml: {error.strerror}") from None
    except (RenderError, ValueError) as error:
        raise CommandError(f"template.yml: {error}") from None
    return [
        item.adjusted(timeout=timeout, max_retries=max_retries, retry_delay=retry_delay)
        for item in deployments
    ]


def _destination(path: Path) -> Destination:
    try:
        make_folder(path.parent)
        open_private(path, "a").close()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    return Destination(path)
