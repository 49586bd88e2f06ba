"""A Python runtime of Function Compute, in the standard library alone."""
