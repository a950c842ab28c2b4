"""What a request may consist of, whatever carries it: its method, its target, its header fields."""

from __future__ import annotations

import re
from typing import Final

from iai_proxy.api.headers import NAME, VALUE
from iai_proxy.text import printable

#: Status if a request can't be read as HTTP. The SDK does not repeat it.
BAD_REQUEST: Final = 400

#: A length in bytes.
LENGTH: Final = re.compile(r"0|[1-9][0-9]{0,14}")

#: Header fields that may stand in a head only once, and nowhere else: they say where it ends, or
#: whom it is for.
SINGLE: Final = frozenset({"content-length", "transfer-encoding", "host"})

_FIELD: Final = re.compile(rf"({NAME}):[ \t]*({VALUE})")
#: Characters of an unreadable line that are shown.
_SHOWN: Final = 60


class UnreadableError(Exception):
    """A request that is refused before it is answered; the text is a sentence for the client.

    Args:
        reason: how that sentence ends.
        status: of the refusal.
    """

    def __init__(self, reason: str, status: int = BAD_REQUEST) -> None:
        super().__init__(f"the request can't be read: {reason}")
        self.reason = reason
        self.status = status


def read_field(line: str) -> tuple[str, str]:
    """Read the line of a header field; return its name and value.

    Raises:
        UnreadableError: it is none.
    """
    found = _FIELD.fullmatch(line)
    if found is None:
        raise UnreadableError(f"{_fault_of(line)}: {shown(line)}")
    return found[1], found[2].rstrip(" \t")


def shown(text: str) -> str:
    """Return the beginning of what a client sent as a message shows it."""
    return repr(printable(text[:_SHOWN]))


def _fault_of(line: str) -> str:
    """Say what is wrong with the line of a header."""
    if line.startswith((" ", "\t")):
        return "a header is folded over two lines"
    if "\n" in line:
        return "a line of its head ends in LF alone, without CR"
    name, colon, _ = line.partition(":")
    if not colon:
        return "a line has no colon"
    if re.fullmatch(rf"{NAME}[ \t]+", name):
        return "there is a blank before the colon of a header"
    if not re.fullmatch(NAME, name):
        return "a header has no such name"
    return "a header has control characters"
