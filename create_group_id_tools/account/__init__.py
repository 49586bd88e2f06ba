"""The developer's account: its credentials, and runs for which it is billed."""
