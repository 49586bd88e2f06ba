"""The developer's own account: its credentials, and runs that it is billed for."""
