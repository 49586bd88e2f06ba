"""template.yml with its variables filled in."""
