"""The shipped handler in virtual time, with models of the quota, of FC's queues and of callers."""
