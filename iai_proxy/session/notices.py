"""Notices to the user while a proxy runs: most of them once, with what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from iai_proxy.saying import hidden
from iai_proxy.settings.wording import COMMAND_LINE, Place

Say = Callable[[str], None]

#: The key of the notice that a client does not trust our CA.
DISTRUST: Final = "distrust"


class Notices:
    """Passes each distinct notice on once, without secrets. Safe to use from several threads.

    Args:
        say: shows one notice to the user.
        place: where users read it; what the client is told is in its words too.
        of_misses: rewords what is said of a miss, if the place's words will not do.
    """

    def __init__(
        self,
        say: Say,
        place: Place = COMMAND_LINE,
        of_misses: Callable[[str], str] | None = None,
    ) -> None:
        self._say = say
        self.place = place
        self.of_misses = of_misses or place
        self._said: dict[str, object] = {}

    def once(self, key: str, text: str) -> None:
        """Show a notice unless one with this key was shown."""
        mine = object()
        if self._said.setdefault(key, mine) is mine:  # of two threads, one wins
            self._say(hidden(self.place(text)))

    def say(self, text: str) -> None:
        """Show a notice each time."""
        self._say(self.place(text))

    def shown(self, key: str) -> bool:
        """Whether a notice with this key was shown."""
        return key in self._said

    def distrusted(self, host: str, command: str) -> None:
        """Report a client that does not trust our CA; the SDK retries silently for ever.

        Args:
            host: that it wanted to speak to.
            command: starts a client that trusts us.
        """
        self.once(
            DISTRUST,
            f"a client broke off the TLS handshake for {host} (which the Python SDK takes for a "
            "bad connection, and retries for ever): it does not trust "
            f"{self.place.trust.format(command=command)}",
        )
