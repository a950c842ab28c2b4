"""The password that clients of a proxy must give.

mitmproxy's own option takes ``@…`` for a file, ``any`` for all and ``ldap…`` for a server, and
neither it nor what clients send may have a second colon. Here every character is the password's.
"""

from __future__ import annotations

import hmac

from mitmproxy import http
from mitmproxy.addons import proxyauth

from iai_proxy.api.basic_auth import credentials


class OneUser(proxyauth.Validator):
    """Accepts a single user.

    Args:
        password: ``user:password``; the user has no colon (RFC 7617, section 2).
    """

    def __init__(self, password: str) -> None:
        self._expected = password.encode()

    def __call__(self, username: str, password: str) -> bool:
        """Tell whether the two are the ones expected."""
        return hmac.compare_digest(f"{username}:{password}".encode(), self._expected)


class PasswordAuth(proxyauth.ProxyAuth):
    """mitmproxy's addon, for a password that may have colons.

    Args:
        password: ``user:password``, or None to let every client in.
    """

    name = "proxyauth"  # as mitmproxy's own: by that, large calls find who is let in

    def __init__(self, password: str | None) -> None:
        super().__init__()
        self.validator = OneUser(password) if password else None

    def authenticate_http(self, f: http.HTTPFlow) -> bool:
        """Take the credentials out of a request; answer it with a refusal if they are wrong."""
        is_proxy = proxyauth.is_http_proxy(f)
        header = proxyauth.http_auth_header(is_proxy)
        user, password = _credentials(f.request.headers.get(header, ""))
        if self.validator and self.validator(user, password):
            f.metadata["proxyauth"] = (user, password)
            del f.request.headers[header]
            return True
        f.response = proxyauth.make_auth_required_response(is_proxy)
        return False


def _credentials(header: str) -> tuple[str, str]:
    """Return the user and the password of ``Basic …``; two empty texts for something else."""
    user, _, password = credentials(header).decode("utf-8", "replace").partition(":")
    return user, password
