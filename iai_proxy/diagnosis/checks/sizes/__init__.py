"""Checks of agents' sizes and types."""
