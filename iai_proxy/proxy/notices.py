"""Notices to the user while a proxy runs: each once, with what to do."""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy import tls

from iai_proxy.settings.wording import COMMAND_LINE, Place


class Notices:
    """Passes each distinct notice on once.

    Args:
        say: shows one notice to the user.
        place: where users read it; what the client is told is in its words too.
        of_misses: rewords what is said of a miss, if the place's words will not do.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        place: Place = COMMAND_LINE,
        of_misses: Callable[[str], str] | None = None,
    ) -> None:
        self._say = say
        self.place = place
        self.of_misses = of_misses or place
        self._said: set[str] = set()

    def once(self, key: str, text: str) -> None:
        """Show a notice unless one with this key was shown."""
        if key not in self._said:
            self._said.add(key)
            self._say(self.place(text))

    def shown(self, key: str) -> bool:
        """Whether a notice with this key was shown."""
        return key in self._said


class DistrustNotice:
    """Addon that reports a client that does not trust our CA; the SDK retries silently for ever.

    Args:
        notices: gets the sentence.
        command: starts a client that trusts us.
    """

    KEY = "distrust"

    def __init__(self, notices: Notices, command: str = "record") -> None:
        self._notices = notices
        self._command = command

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """Name the host, and say how to make the client trust us."""
        host = data.conn.sni or (data.context.server.address or ("the API",))[0]
        self._notices.once(
            self.KEY,
            f"a client broke off the TLS handshake for {host} (which the Python SDK takes for a "
            "bad connection, and retries for ever): it does not trust "
            f"{self._notices.place.trust.format(command=self._command)}",
        )
