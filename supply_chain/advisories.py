"""Lists the known faults of what is locked: ``make advisories``.

Ends with 1 if a locked version has a fault that advisories.toml does not accept, with a reason.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from lock import LOCK, Pin, pins
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ADVISORIES: Final = Path(__file__).parent / "advisories.toml"
#: After so many days someone should look again.
_OLD_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Affected:
    """A pin that has a known fault."""

    pin: Pin
    advisory: dict[str, Any]

    @property
    def accepted(self) -> str:
        """Why it may stay; empty if it may not."""
        return str(self.advisory.get("accepted", ""))

    def __str__(self) -> str:
        where = f" ({self.pin.marker})" if self.pin.marker else ""
        fault = f"{self.advisory['id']}: {self.advisory['summary']}"
        stays = f"\n  accepted: {self.accepted}" if self.accepted else ""
        return f"{self.pin.name} {self.pin.version}{where}: {fault}{stays}"


def affected(locked: Iterable[Pin], advisories: Iterable[dict[str, Any]]) -> Iterator[Affected]:
    """Yield each pin with each advisory that its version falls under."""
    listed = list(advisories)
    for pin in locked:
        for advisory in listed:
            is_named = canonicalize_name(advisory["package"]) == pin.name
            if is_named and pin.version in SpecifierSet(advisory["affected"], prereleases=True):
                yield Affected(pin, advisory)


def main() -> int:
    """Print what is affected, and return the exit code."""
    known = tomllib.loads(ADVISORIES.read_text())
    found = list(affected(pins(LOCK.read_text()), known["advisory"]))
    print(*found, sep="\n")
    looked_up: date = known["looked_up"]
    age = (date.today() - looked_up).days
    print(f"{len(known['advisory'])} advisories, looked up on {looked_up}")
    if age > _OLD_DAYS:
        print(f"that is {age} days ago: look them up again, and set the date in {ADVISORIES.name}")
    open_faults = [each for each in found if not each.accepted]
    if open_faults:
        print(f"{len(open_faults)} of them need a newer version in the lock, or a reason")
    return 1 if open_faults else 0


if __name__ == "__main__":
    sys.exit(main())
