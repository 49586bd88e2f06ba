"""The shipped handler in virtual time: the account's quota, FC's queues and callers as models."""
