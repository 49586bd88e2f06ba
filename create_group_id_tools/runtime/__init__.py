"""A Python runtime of Function Compute, which needs only the standard library."""
