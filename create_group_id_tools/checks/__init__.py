"""Checks of template.yml, infra/ and the zip that need no account."""
