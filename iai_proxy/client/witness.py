"""Whether a signal that we got went to our whole process group, and so to the client as well.

A terminal sends Ctrl-C to all processes of a group, ``timeout`` and systemd send SIGTERM to more
than one. Python does not tell who sent a signal. So a process that does nothing is in our group as
well: if a signal has ended it too, the client has that signal already.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from typing import Final

#: How long it may take until a signal that went to all has ended a process, in seconds.
_WAIT_S: Final = 0.5
_LOOK_S: Final = 0.02


class Witness:
    """A process in our group that waits for nothing but a signal."""

    def __init__(self) -> None:
        self._process = _started()

    async def saw(self, number: signal.Signals) -> bool:
        """Whether a signal that we have just got went to our whole group. Waits if it did not."""
        witness = self._process
        if witness is None:
            return False
        for _ in range(round(_WAIT_S / _LOOK_S)):
            if witness.poll() is not None:
                break
            await asyncio.sleep(_LOOK_S)
        if witness.returncode is None:
            return False
        if self._process is witness:  # not replaced while we waited
            self._process = _started()
            if witness.stdin:
                witness.stdin.close()
        return witness.returncode == -number

    def close(self) -> None:
        """End it."""
        if self._process:
            with suppress(OSError):
                self._process.communicate()
            self._process = None


def shares_our_group(process: int) -> bool:
    """Whether a process gets the signals that our group gets."""
    with suppress(OSError):
        return os.getpgid(process) == os.getpgrp()
    return False


def _started() -> subprocess.Popen[bytes] | None:
    """Start one, which ends with us: it waits for our end of a pipe to be closed."""
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", "read _"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:  # no shell, or no room for a process: signals are passed on, perhaps twice
        return None
