"""Answers of a recording made by a stranger, whose heads could be read as more than one."""

from __future__ import annotations

from typing import Final

from iai_proxy.player import Reply

_SECOND: Final = "1\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\nx-evil"

#: By what is wrong; each has a body of two bytes, and a header ``x-a`` that may be passed on.
TWO_ANSWERS: Final = {
    "lines in a name": Reply(200, "OK", (("x-a", "1"), (f"a: {_SECOND}", "1")), b"{}"),
    "lines in a value": Reply(200, "OK", (("x-a", "1"), ("b", _SECOND)), b"{}"),
    "lines in a reason": Reply(200, f"OK\r\na: {_SECOND}: 1", (("x-a", "1"),), b"{}"),
    "CR in a name": Reply(200, "OK", (("x-a", "1"), ("b\rc", "1")), b"{}"),
    "a folded line": Reply(200, "OK", (("x-a", "1"), (" b", "1")), b"{}"),
    "a colon in a name": Reply(200, "OK", (("x-a", "1"), ("transfer-encoding:", "1")), b"{}"),
    "a blank after a name": Reply(200, "OK", (("x-a", "1"), ("content-length ", "0")), b"{}"),
    "no name": Reply(200, "OK", (("x-a", "1"), ("", "1")), b"{}"),
    "letters beyond Latin-1": Reply(200, "\u0200", (("x-a", "1"), ("\u010d", "\u010a")), b"{}"),
}

#: Statuses after which no answer ends, or that are none.
NO_STATUSES: Final = (-5, 0, 42, 100, 101, 103, 1000, 99_999_999_999)
