"""template.yml: its variables filled in, and the functions that it deploys."""
