"""Failed asynchronous invocations: their records, and the queue that keeps them."""
