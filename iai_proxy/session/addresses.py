"""Where a proxy has come to listen."""

from __future__ import annotations

from dataclasses import dataclass

from iai_proxy.settings.listen import Address


@dataclass(frozen=True, slots=True)
class Bound:
    """The addresses that are listened on; None if there is no such listener."""

    forward: Address | None
    reverse: Address | None
