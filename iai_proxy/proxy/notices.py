"""Notices to the user while a proxy runs: each once, with what to do."""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy import tls


class Notices:
    """Passes each distinct notice on once.

    Args:
        say: shows one notice to the user.
        words: rewords what names flags of the command line, for users who have other options; also
            what the client is told.
    """

    def __init__(self, say: Callable[[str], None], words: Callable[[str], str] = str) -> None:
        self._say = say
        self.words = words
        self._said: set[str] = set()

    def once(self, key: str, text: str) -> None:
        """Show a notice unless one with this key was shown."""
        if key not in self._said:
            self._said.add(key)
            self._say(text)

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
            f"a client broke off the TLS handshake for {host}: it does not trust the CA of "
            "iai-proxy. (The Python SDK takes this for a bad connection and retries for ever.) "
            f"Start the client with `iai-proxy {self._command} … -- CLIENT…`, or run "
            '`eval "$(iai-proxy env)"` in its shell; `iai-proxy ca` explains.',
        )
