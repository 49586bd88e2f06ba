"""The process that is measured, the same for each subject: `driver.py TREE < EVENTS`.

It does what an FC instance does: import `index`, call `initialize`, then call `handler` with each
line of its input. It prints the first response; then the CPU seconds since the
process began, its peak memory in KiB and the number of modules; then, for each further event, the
CPU seconds that it took and the memory in KiB afterwards. It loads only modules that every subject
loads.
"""

import sys

sys.path.insert(0, sys.argv[1])

import os
import time
from types import SimpleNamespace
from typing import Any

import index

context = SimpleNamespace(
    request_id="1-67aee50c-15197d0b-d07710222f9d",
    account_id="1000000000000001",
    region="cn-hangzhou",
    # The largest batch must end within the timeout.
    function=SimpleNamespace(
        name="create-group-id", handler="index.handler", memory=512, timeout=600
    ),
)
if sys.version_info < (3, 12):  # FC's python3.12 gives credentials by environment variables alone
    credentials = {"access_key_id": "STS.testid", "access_key_secret": "testsecret"}
    context.credentials = SimpleNamespace(**credentials, security_token="testtoken")  # noqa: S106 - the stub's, documented


def memory(field: str) -> int:
    """Return a figure of this process in KiB. getrusage would include its parent's memory."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - not every subject loads pathlib
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def main() -> None:
    """Run as an instance until the end of the input."""
    index.initialize(context)
    response: Any = index.handler(sys.stdin.buffer.readline(), context)
    print(response, flush=True)
    print(time.process_time(), memory("VmHWM"), len(sys.modules))

    for event in sys.stdin.buffer:
        started = time.process_time()
        response = index.handler(event, context)
        print(time.process_time() - started, memory("VmRSS"))
        if response.get("statusCode") != 200 and not response.get("Success"):
            raise SystemExit(f"the function returned {response}")


if __name__ == "__main__":
    main()
    # FC kills an instance: the end of the interpreter is not a cost.
    sys.stdout.flush()
    os._exit(0)
