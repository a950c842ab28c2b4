"""Loaded by the workers of a cluster of our own: Ctrl-C is for the command, which then ends them.

A terminal sends it to all of them, and each would print where it stood.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
