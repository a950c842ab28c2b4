"""The password that clients of a proxy must give.

mitmproxy's own addon takes ``@…`` for a file, ``any`` for all and ``ldap…`` for a server, and
neither its password nor what clients send may have a second colon; it refuses by a page of HTML.
Here every character is the password's, and wrong ones are followed by a pause.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary, WeakSet

from mitmproxy import connection, http
from mitmproxy.proxy import mode_specs

from iai_proxy.api.basic_auth import credentials, is_password
from iai_proxy.proxy.capture import headers_of
from iai_proxy.proxy.fail_closed import fail_closed, refuse_as
from iai_proxy.session.password_pauses import Guest, PasswordPauses
from iai_proxy.session.replies import not_admitted


class PasswordAuth:
    """Addon that asks for a password, which may have colons.

    Args:
        password: ``user:password``; the user has no colon (RFC 7617, section 2).
        pauses: after wrong passwords.

    Attributes:
        authenticated: user and password of each connection that is let in as a whole.
    """

    name = "proxyauth"  # as mitmproxy's own: by that, large calls find who is let in

    def __init__(self, password: str, pauses: PasswordPauses | None = None) -> None:
        self._password = password
        self._pauses = pauses or PasswordPauses()
        self.authenticated: WeakKeyDictionary[connection.Client, tuple[str, str]] = (
            WeakKeyDictionary()
        )
        # Connections that have given the password: what others try does not make these wait.
        self._known: WeakSet[connection.Client] = WeakSet()

    @fail_closed
    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Let a tunnel, and all that comes through it, in or not."""
        if flow.response is None and await self._is_let_in(flow):
            self.authenticated[flow.client_conn] = flow.metadata["proxyauth"]

    @fail_closed
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Let a request in or not."""
        if flow.response is not None or flow.is_replay:
            return
        if flow.client_conn in self.authenticated:
            flow.metadata["proxyauth"] = self.authenticated[flow.client_conn]
        else:
            await self._is_let_in(flow)

    async def _is_let_in(self, flow: http.HTTPFlow) -> bool:
        """Take the password out of a request, in its time; refuse the request if it is wrong."""
        is_proxy = isinstance(
            flow.client_conn.proxy_mode, mode_specs.RegularMode | mode_specs.UpstreamMode
        )
        name = "proxy-authorization" if is_proxy else "authorization"
        given = flow.request.headers.get(name)
        is_right = None if given is None else await self._is_right(given, flow)
        if given is not None and is_right:
            user, _, password = credentials(given).decode("utf-8", "replace").partition(":")
            flow.metadata["proxyauth"] = (user, password)
            del flow.request.headers[name]
            return True
        is_looked_at = given is None or is_right is not None
        refuse_as(flow, not_admitted(is_proxy=is_proxy, is_looked_at=is_looked_at))
        return False

    async def _is_right(self, given: str, flow: http.HTTPFlow) -> bool | None:
        """Say in its time whether a password is right; None if it is not looked at."""
        client = flow.client_conn
        is_right = is_password(given, self._password)
        if is_right and client in self._known:
            return True
        address = str((client.peername or ("",))[0])
        wait_s = self._pauses.tried(Guest.of(address, headers_of(flow.request)), is_right=is_right)
        if wait_s is None:
            return None
        await asyncio.sleep(wait_s)
        if is_right:
            self._known.add(client)
        return is_right
