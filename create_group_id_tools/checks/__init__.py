"""What can be checked of template.yml, infra/ and the zip without an account."""
