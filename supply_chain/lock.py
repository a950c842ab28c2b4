"""What ``requirements.lock`` pins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

LOCK: Final = Path(__file__).parent.parent / "requirements.lock"
_PIN: Final = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))?(?: \\)?$")


@dataclass(frozen=True, slots=True)
class Pin:
    """A version of a package that is installed where the marker holds; empty for everywhere.

    Attributes:
        text: the pin with its hashes, as the lock has it.
    """

    name: str
    version: str
    marker: str
    text: str


def pins(lock: str) -> list[Pin]:
    """Return what a lock pins, in its order."""
    found = []
    for block in re.split(r"\n(?=\S)", lock):
        match = _PIN.match(block.partition("\n")[0])
        if match:
            name = canonicalize_name(match["name"])
            found.append(Pin(name, match["version"], match["marker"] or "", f"{block.rstrip()}\n"))
    return found
