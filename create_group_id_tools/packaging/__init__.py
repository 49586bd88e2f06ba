"""The reproducible zip that template.yml deploys."""
