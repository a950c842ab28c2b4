"""Checks of how a simulation is set up."""
