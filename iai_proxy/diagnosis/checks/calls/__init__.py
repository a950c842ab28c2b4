"""Checks of calls as such: failures, time, waste."""
