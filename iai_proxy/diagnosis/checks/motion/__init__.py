"""Checks of where agents are, and how they move."""
