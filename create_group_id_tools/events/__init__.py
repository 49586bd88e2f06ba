"""The events of FC's triggers."""
