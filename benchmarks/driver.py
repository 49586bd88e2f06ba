"""The process that is measured, the same for every contestant: `driver.py TREE CALLS`.

It does what Function Compute does with an instance: import `index`, call `initialize`, call
`handler` with the event of an HTTP trigger. First it prints the answer; then, as numbers, the CPU
seconds since the process began, its peak memory in KiB, the modules loaded, and the CPU seconds of
each of CALLS further calls. Of the standard library it loads only what every interpreter has.
"""

import sys

sys.path.insert(0, sys.argv[1])

import time

import index


class Context:
    """What both runtimes give; only python3.10's has `credentials`."""

    request_id = "1-67aee50c-15197d0b-d07710222f9d"
    account_id = "1000000000000001"
    region = "cn-hangzhou"

    class function:  # noqa: N801 - an attribute, as FC has it
        name, handler, memory, timeout = "create-group-id", "index.handler", 512, 10

    if sys.version_info < (3, 12):

        class credentials:  # noqa: N801 - likewise
            access_key_id, access_key_secret = "STS.testid", "testsecret"
            security_token = "testtoken"  # noqa: S105 - the stub's, documented


def event(number: int) -> bytes:
    """Write the event of a POST that asks for the group of that number."""
    return (
        b'{"version": "v1", "rawPath": "/", "headers": {"Content-Type": "application/json"},'
        b' "queryParameters": {}, "body": "{\\"GroupId\\": \\"GID_bench_%d\\"}",'
        b' "isBase64Encoded": false, "requestContext": {"requestId": "1-67aee50c",'
        b' "http": {"method": "POST", "path": "/", "protocol": "HTTP/1.1",'
        b' "sourceIp": "192.0.2.1", "userAgent": "curl/8.7.1"}}}' % number
    )


def peak() -> int:
    """Give the peak of this program's memory; getrusage's would be that of who started it too."""
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would count as loaded
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


context = Context()
index.initialize(context)
print(index.handler(event(0), context), flush=True)
print(time.process_time(), peak(), len(sys.modules))

for number in range(1, int(sys.argv[2]) + 1):
    asked = event(number)
    begin = time.process_time()
    answer = index.handler(asked, context)
    print(time.process_time() - begin)
    if answer["statusCode"] != 200:
        raise SystemExit(f"call {number} answered {answer}")
