"""Replaces secrets before anything is stored.

A secret is the value of a key header (``x-api-key``, ``api-key``) and of ``authorization``, and
that same value anywhere else: in the URL, in another header, in a body. It is replaced by a mark,
``[redacted:1a2b3c4d]``, that is the same for the same secret within one recording and reveals
nothing of it: the first bytes of a scrypt hash (RFC 7914) under a salt of the recording's own, so
that even a weak key can't be searched for cheaply. Cookies are replaced too, by a bare
``[redacted]``, but only in their headers.

Marks of different keys differ, so :mod:`iai_proxy.api.marks` takes them out of what is compared: a
recording made with one key replays for a client that has another.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.marks import MARK
from iai_proxy.recordings.secret_forms import (
    escaped_form,
    number_form,
    secrets_within,
    written_forms,
)

_SECRET_HEADERS: Final = frozenset({"x-api-key", "api-key", "authorization", "proxy-authorization"})
#: Cookies are replaced only in their headers. A load balancer sets a new one with every answer:
#: remembering them would make each call slower than the last. And one such as ``lang=default`` is
#: no secret.
_COOKIES: Final = frozenset({"cookie", "set-cookie"})
_COOKIE_MARK: Final = "[redacted]"
_SECRET_PARAMETERS: Final = re.compile(
    r"([?&](?:x-)?(?:api[_-]?key|access[_-]?token|token)=)([^&#]+)", re.IGNORECASE
)
#: A shorter secret is replaced in its header but not searched for elsewhere: a development key such
#: as ``test`` would change ``GET /test``.
_SHORTEST_SEARCHED: Final = 6
#: What every mark contains; replacing that would break marks.
_IN_EVERY_MARK: Final = "[redacted:]"
#: How many learnt secrets are searched for, each in every body.
_MOST_LEARNT: Final = 32
_SCRYPT_COST: Final = 2**12  # about 15 ms and 4 MB, paid once for each secret


class Redactor:
    """Replaces secrets in exchanges, and remembers each secret it has met.

    Args:
        salt: the recording's own; marks are comparable only under the same salt.
        known: secrets known beforehand, such as the value of ``IAI_API_KEY``.

    Attributes:
        version: raised whenever there is something else to search for.
    """

    def __init__(self, salt: bytes, known: Iterable[str] = ()) -> None:
        self._salt = salt
        self._marks: dict[str, str] = {}
        # Every written form of every secret that is searched for, the longest first: one that
        # contains another must not be left half in place.
        self._searched: list[tuple[bytes, bytes]] = []
        self._escaped: list[tuple[re.Pattern[bytes], bytes]] = []
        self._known = tuple(known)
        self._learnt: deque[str] = deque(maxlen=_MOST_LEARNT)
        self._is_prepared = False
        self.version = 0

    def prepare(self) -> None:
        """Make the marks of the known secrets, which takes a moment. Else the first use does."""
        if not self._is_prepared:
            for secret in self._known:
                self._mark(secret)
            self._is_prepared = True

    def exchange(self, exchange: Exchange, searched: int | None = None) -> Exchange:
        """Return the exchange with every secret replaced by its mark.

        Args:
            exchange: its bodies decoded.
            searched: the :attr:`version` as of which the request's body is known to hold no secret.
        """
        request, response = exchange.request, exchange.response
        self.learn_from(request)
        if response:
            self.learn(response.headers)
        is_clean = searched == self.version
        return replace(
            exchange,
            request=self._request(request, request.body if is_clean else None),
            response=self._response(response) if response else None,
            failure=self._text(exchange.failure) if exchange.failure else None,
        )

    def body(self, body: bytes) -> bytes:
        """Return a body with the secrets met so far replaced.

        Cheap where there are none: one search for each form.
        """
        self.prepare()
        for form, mark in self._searched:
            if form in body and form.isdigit():
                body = number_form(form).sub(mark, body)
            elif form in body:
                body = body.replace(form, mark)
        if self._escaped and _may_be_escaped(body):
            for pattern, mark in self._escaped:
                body = pattern.sub(mark, body)
        return body

    def target(self, target: str) -> str:
        """Return a path and query with the secrets in it replaced."""
        self.prepare()
        replaced = _SECRET_PARAMETERS.sub(
            lambda found: found[1] + self._mark(_unquoted(found[2])), target
        )
        return self._text(replaced)

    def learn(self, headers: Headers) -> None:
        """Remember the secrets in a message's headers, to find them in its body and URL."""
        self.prepare()
        for name, value in headers:
            if name.lower() in _SECRET_HEADERS and value:
                self._mark(value)
                for secret in secrets_within(name.lower(), value):
                    self._mark(secret)

    def learn_from(self, request: Request) -> None:
        """Remember the secrets in a request's headers and URL."""
        self.learn(request.headers)
        for _, value in _SECRET_PARAMETERS.findall(request.target):
            self._mark(_unquoted(value))

    def _request(self, request: Request, body: bytes | None) -> Request:
        return replace(
            request,
            target=self.target(request.target),
            headers=self._headers(request.headers),
            body=self.body(request.body) if body is None else body,
        )

    def _response(self, response: Response) -> Response:
        return replace(
            response,
            reason=self._text(response.reason),
            headers=self._headers(response.headers),
            body=self.body(response.body),
        )

    def _headers(self, headers: Headers) -> Headers:
        return tuple(
            (self._text(name), self._field(name.lower(), value)) for name, value in headers
        )

    def _field(self, name: str, value: str) -> str:
        if value and name in _COOKIES:
            return _COOKIE_MARK
        return self._mark(value) if value and name in _SECRET_HEADERS else self._text(value)

    def _text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogateescape")
        replaced = self.body(raw)
        return text if replaced is raw else replaced.decode("utf-8", "surrogateescape")

    def _mark(self, secret: str) -> str:
        if MARK.fullmatch(secret.encode("utf-8", "surrogateescape")):
            return secret
        if secret not in self._marks:
            self._marks[secret] = f"[redacted:{self._digest(secret).hex()}]"
            if _is_searched(secret):
                self._search(secret)
        return self._marks[secret]

    def _digest(self, secret: str) -> bytes:
        raw = secret.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(raw, salt=self._salt, n=_SCRYPT_COST, r=8, p=1, dklen=4)

    def _search(self, secret: str) -> None:
        """Search for a secret from now on; those learnt longest ago make room, as tokens rotate."""
        self.version += 1
        if secret not in self._known:
            self._learnt.append(secret)
        searched = [known for known in (*self._known, *self._learnt) if known in self._marks]
        marks = {known: self._marks[known].encode() for known in searched if _is_searched(known)}
        forms = {(form, mark) for known, mark in marks.items() for form in written_forms(known)}
        self._searched = sorted(forms, key=lambda pair: (-len(pair[0]), pair))
        self._escaped = [(escaped_form(known), mark) for known, mark in marks.items()]


def _may_be_escaped(body: bytes) -> bool:
    """Return whether a body has escapes. Searching for one byte takes a fiftieth of two's time."""
    return (b"\\" in body and b"\\u" in body) or b"%" in body


def _unquoted(value: str) -> str:
    return unquote(value, errors="surrogateescape")


def _is_searched(secret: str) -> bool:
    return len(secret) >= _SHORTEST_SEARCHED and secret not in _IN_EVERY_MARK
