"""Checks of traffic lights."""
