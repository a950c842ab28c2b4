"""A terminal, emulated by pyte: what a user would see on it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte


class Terminal:
    """Runs a command on a terminal of 24 lines and 80 columns.

    Attributes:
        screen: what it shows by now.
        written: all that was written to it.
    """

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], folder: Path, lines: int = 24
    ) -> None:
        self.screen = pyte.Screen(80, lines)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", lines, 80, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env={**env, "TERM": "xterm"},
            cwd=folder, start_new_session=True,
        )  # fmt: skip
        os.close(inner)

    @property
    def lines(self) -> list[str]:
        """The lines of the screen, without blanks at their ends."""
        return [line.rstrip() for line in self.screen.display]

    def until(self, text: str, timeout_s: float = 30) -> list[str]:
        """Wait until the screen shows a text; return its lines."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if any(text in line for line in self.lines):
                return self.lines
            if not self._read():
                break
        raise AssertionError(f"{text!r} never came:\n" + "\n".join(self.lines))

    def press(self, keys: bytes) -> None:
        """Type something."""
        os.write(self._end, keys)

    def end(self) -> int:
        """Wait until the command ends; return its exit code."""
        while self._read():
            pass
        os.close(self._end)
        return self._process.wait(20)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._end], [], [], 0.2)
        if not ready:
            return True
        try:
            data = os.read(self._end, 65536)
        except OSError:  # EIO: no one has the other end any more
            return False
        self.written += data
        self._stream.feed(data)
        return bool(data)
