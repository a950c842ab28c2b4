"""Prints the part of the lock that the product needs, without tests and tools, for the SBOM."""

from __future__ import annotations

from importlib.metadata import requires

from lock import LOCK, Pin, pins
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(package: str, seen: set[str] | None = None) -> set[str]:
    """Return a package and all that it needs here, without extras, by name."""
    seen = set() if seen is None else seen
    name = canonicalize_name(package)
    if name not in seen:
        seen.add(name)
        for text in requires(name) or ():
            requirement = Requirement(text)
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name, seen)
    return seen


def is_installed_here(pin: Pin) -> bool:
    """Return whether a pin is for this Python on this system."""
    return not pin.marker or Marker(pin.marker).evaluate()


if __name__ == "__main__":
    names = needed("iai-proxy")
    for pin in pins(LOCK.read_text()):
        if pin.name in names and is_installed_here(pin):
            print(pin.text, end="")
