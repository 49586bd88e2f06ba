"""template.yml: render its variables, and read the functions that it deploys."""
