"""One line at the bottom of a terminal that says how a run goes.

The lines above it scroll as ever, whoever writes them: the client has the terminal too. For that
the terminal is told to leave the last line out when it scrolls (DECSTBM, as apt does while packages
are unpacked), so nothing of the client's output has to be read or changed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.cells import set_cell_size

from iai_proxy.text import one_line

_EVERY_S: Final = 0.5
#: A terminal of fewer lines has none to spare.
_LEAST_LINES: Final = 6

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_SCROLL_ALL: Final = "\x1b[r"
_CLEAR_LINE: Final = "\x1b[2K"
_DIM, _PLAIN = "\x1b[2m", "\x1b[22m"


@contextmanager
def status_line(text: Callable[[], str]) -> Iterator[None]:
    """Show a line that is renewed twice a second while the block runs.

    Does nothing where standard error is no terminal that can do it.

    Args:
        text: returns the line; called on a thread of its own.
    """
    terminal = sys.stderr
    if not _is_able(terminal):
        yield
        return
    line = _StatusLine(terminal, text)
    line.start()
    try:
        yield
    finally:
        line.stop()


def _is_able(terminal: TextIO) -> bool:
    try:
        return (
            terminal.isatty()
            and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
            and os.get_terminal_size(terminal.fileno()).lines >= _LEAST_LINES
        )
    except (OSError, ValueError):
        return False


class _StatusLine:
    def __init__(self, terminal: TextIO, text: Callable[[], str]) -> None:
        self._terminal = terminal
        self._text = text
        self._size: os.terminal_size | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="iai-proxy-status", daemon=True)

    def start(self) -> None:
        self._draw()
        self._thread.start()

    def stop(self) -> None:
        """Give the whole terminal back, the last line empty."""
        self._stopped.set()
        self._thread.join()
        if self._size:
            bottom = f"\x1b[{self._size.lines};1H"
            self._write(f"{_SAVE}{_SCROLL_ALL}{bottom}{_CLEAR_LINE}{_RESTORE}")

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            self._draw()

    def _draw(self) -> None:
        try:
            size = os.get_terminal_size(self._terminal.fileno())
        except (OSError, ValueError):  # the terminal is gone
            return
        reserve = "" if size == self._size else self._reserved(size)
        self._size = size
        line = set_cell_size(one_line(self._text()), size.columns - 1).rstrip()
        shown = f"\x1b[{size.lines};1H{_CLEAR_LINE}{_DIM}{line}{_PLAIN}"
        self._write(f"{reserve}{_SAVE}{shown}{_RESTORE}")

    def _reserved(self, size: os.terminal_size) -> str:
        """Return what makes room below the cursor, and keeps the last line from scrolling."""
        return f"\n{_SAVE}\x1b[1;{size.lines - 1}r{_RESTORE}\x1b[1A"

    def _write(self, text: str) -> None:
        try:
            self._terminal.flush()
            os.write(self._terminal.fileno(), text.encode("utf-8", "replace"))
        except (OSError, ValueError):
            self._stopped.set()
