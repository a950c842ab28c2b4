"""Checks of which agents are there, and at which index."""
