"""Run, serve, package, check and call the function: `create-group-id`; never shipped."""
