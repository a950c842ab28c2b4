"""Notices to the user while a proxy runs: most of them once, with what to do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from iai_proxy.saying import hidden
from iai_proxy.settings.wording import COMMAND_LINE, Place
from iai_proxy.text import plural

Say = Callable[[str], None]

#: The key of the notice that a client does not trust our CA.
DISTRUST: Final = "distrust"
#: How many addresses that gave wrong passwords are told apart.
_MOST: Final = 20


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
        self._wrong_passwords: Counter[str] = Counter()
        self._lock = threading.Lock()

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

    def wrong_password(self, address: str) -> None:
        """Report a wrong password; the first of each address at once, all in the summary."""
        with self._lock:
            if address not in self._wrong_passwords and len(self._wrong_passwords) >= _MOST:
                address = "others"
            self._wrong_passwords[address] += 1
        self.once(
            f"password {address}",
            f"a client at {address} gave a wrong password, and waits before its next try",
        )

    def summary(self) -> Iterator[str]:
        """Say how often what was told of once has come."""
        for address, count in self._wrong_passwords.items():
            yield f"{plural(count, 'wrong password')} from {address}"

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
