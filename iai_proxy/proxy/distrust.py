"""Notices a client that does not trust our CA."""

from __future__ import annotations

from mitmproxy import tls

from iai_proxy.session.notices import Notices


class DistrustNotice:
    """Addon that reports the first handshake that a client breaks off.

    Args:
        notices: gets the sentence.
        command: starts a client that trusts us.
    """

    def __init__(self, notices: Notices, command: str = "record") -> None:
        self._notices = notices
        self._command = command

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """Name the host, and say how to make the client trust us."""
        host = data.conn.sni or (data.context.server.address or ("the API",))[0]
        self._notices.distrusted(host, self._command)
