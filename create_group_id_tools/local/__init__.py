"""Function Compute on this machine: instances, triggers, the invocation APIs, the queue, a page."""
