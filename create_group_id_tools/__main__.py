"""`python -m create_group_id_tools`, the same as `create-group-id`."""

from create_group_id_tools.cli import main

if __name__ == "__main__":
    main(prog_name="create-group-id")
