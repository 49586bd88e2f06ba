"""Claims about the cloud that no document settles, and a check of each on a real account."""
