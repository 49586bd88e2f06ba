"""Calling a deployed function from here."""
