"""Replaces secrets before anything is stored.

A secret is the value of a header with a secret name (:mod:`secret_names`: ``x-api-key``,
``authorization``, ``x-amz-security-token`` ...), and that same value anywhere else: in the URL, in
another header, in a body. It is replaced by a mark, ``[redacted:1a2b3c4d]``, that is the same for
the same secret within one recording and reveals nothing of it: the first bytes of a scrypt hash
(RFC 7914) under a salt of the recording's own, so that even a weak key can't be searched for
cheaply.

Cookies, and what has a secret name in a body, are replaced by a bare ``[redacted]``: hashing takes
as long as a few calls, and a load balancer sets a new cookie with every answer. They are searched
for elsewhere if they can't stand there by chance (:func:`secret_names.is_random`).

Marks of different keys differ, so :mod:`iai_proxy.api.marks` takes them out of what is compared: a
recording made with one key replays for a client that has another.

What would take too long before the commit, :mod:`cleaning` does while packing.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Final, NamedTuple, Self

from iai_proxy.api import Exchange, Headers, Request, Response
from iai_proxy.api.marks import MARK
from iai_proxy.recordings.learnt_keys import LearntKeys
from iai_proxy.recordings.named_values import replace_named
from iai_proxy.recordings.secret_names import (
    COOKIES,
    is_random,
    is_secret_header,
    secrets_within,
)
from iai_proxy.recordings.secret_search import SecretSearch

_BARE_MARK: Final = "[redacted]"
#: A shorter secret is replaced in its header but not searched for elsewhere: a development key such
#: as ``test`` would change ``GET /test``.
_SHORTEST_SEARCHED: Final = 6
#: What every mark contains; replacing that would break marks.
_IN_EVERY_MARK: Final = "[redacted:]"
#: How many cookies and secrets that bodies tell are searched for.
_MOST_MET: Final = 12
_SCRYPT_COST: Final = 2**12  # about 15 ms and 4 MB, paid once for each secret


class Secrets(NamedTuple):
    """What a redactor knows: it can go to another process, and come back.

    Attributes:
        salt: the recording's own.
        known: secrets known beforehand.
        marks: what replaces keys.
        learnt: keys that headers told.
        met: cookies and secrets that bodies told, in their order.
    """

    salt: bytes
    known: tuple[str, ...]
    marks: Mapping[str, str]
    learnt: LearntKeys
    met: tuple[str, ...]


class Redactor:
    """Replaces secrets in exchanges, and remembers each secret it has met.

    Args:
        salt: the recording's own; marks are comparable only under the same salt.
        known: secrets known beforehand, such as the value of ``IAI_API_KEY``.

    Attributes:
        version: raised whenever there is something else to search for.
        keys_version: raised whenever that is a key.
    """

    def __init__(self, salt: bytes, known: Iterable[str] = ()) -> None:
        self._salt = salt
        self._marks: dict[str, str] = {}
        self._known = tuple(known)
        self._learnt = LearntKeys()
        self._calls = 0
        self._met: deque[str] = deque(maxlen=_MOST_MET)
        self._is_prepared = False
        self._search = SecretSearch({}, self._named)
        self._searched = 0
        self._deep: SecretSearch | None = None
        self.version = self.keys_version = 0

    @classmethod
    def knowing(cls, secrets: Secrets) -> Self:
        """Return a redactor that knows what another one knew."""
        redactor = cls(secrets.salt, secrets.known)
        redactor._is_prepared = True
        redactor._marks.update(secrets.marks)
        redactor._learnt = deepcopy(secrets.learnt)
        redactor._met.extend(secrets.met)
        redactor.version = redactor.keys_version = 1
        return redactor

    @property
    def secrets(self) -> Secrets:
        """What it knows."""
        self.prepare()
        known, learnt, met = self._known, deepcopy(self._learnt), tuple(self._met)
        return Secrets(self._salt, known, dict(self._marks), learnt, met)

    def join(self, secrets: Secrets, before: Secrets) -> None:
        """Know also what another one has learnt.

        Args:
            secrets: what that one knows.
            before: what it knew from this one.
        """
        for secret in secrets.marks:
            if secret not in before.marks:
                self._mark(secret)
        for secret in secrets.met:
            if secret not in before.met:
                self._meet(secret)

    def prepare(self) -> None:
        """Make the marks of the known secrets, which takes a moment. Else the first use does."""
        if not self._is_prepared:
            for secret in self._known:
                self._mark(secret)
            self._is_prepared = True

    @property
    def keys(self) -> dict[str, bytes]:
        """The keys that are searched for now, each with its mark."""
        searched = filter(is_searched, (*self._known, *self._learnt))
        return {key: self._marks[key].encode() for key in searched if key in self._marks}

    def exchange(self, exchange: Exchange, searched: int | None = None) -> Exchange:
        """Return the exchange with every secret replaced by its mark.

        Args:
            exchange: its bodies decoded.
            searched: the :attr:`version` as of which the request's body is known to hold no secret.
        """
        request, response = exchange.request, exchange.response
        self._calls += 1
        self.learn_from(request, self._calls)
        if response:
            self.learn(response.headers, self._calls)
        answer = self.body(response.body) if response else b""  # may tell more of them
        is_clean = searched == self.version
        return replace(
            self._around(exchange),
            request=self._request(request, request.body if is_clean else None),
            response=self._response(response, answer) if response else None,
        )

    def body(self, body: bytes) -> bytes:
        """Return a body with the secrets met so far, and what has a secret name, replaced."""
        self.prepare()
        replaced = self._current().replace(body)
        if self._searched != self.version:  # it told of more
            replaced = self._current().replace(replaced)
        return replaced

    def body_in_depth(self, body: bytes) -> bytes:
        """Return a body as it is stored in the end, once it was searched while packing too."""
        body = self.body(body)  # which prepares what is searched for
        return self._in_depth().replace_all(body)

    def target(self, target: str) -> str:
        """Return a path and query with the secrets in it replaced."""
        self.prepare()
        raw = self._text(target).encode("utf-8", "surrogateescape")
        return replace_named(raw, self._mark).decode("utf-8", "surrogateescape")

    def target_in_depth(self, target: str) -> str:
        """Return a path and query as they are stored in the end."""
        raw = self.target(target).encode("utf-8", "surrogateescape")
        return self._in_depth().replace_all(raw).decode("utf-8", "surrogateescape")

    def learn(self, headers: Headers, call: int = 0) -> None:
        """Remember the secrets in a message's headers, to find them in its body and URL.

        Args:
            headers: of the message.
            call: the number of its call; 0 if that is still to come.
        """
        self.prepare()
        for name, value in headers:
            for secret in secrets_of(name.lower(), value):
                self._mark(secret, call)
            for cookie in cookies_of(name.lower(), value):
                self._meet(cookie)

    def learn_from(self, request: Request, call: int = 0) -> None:
        """Remember the secrets in a request's headers and URL."""
        self.learn(request.headers, call)
        if "=" in request.target:
            target = request.target.encode("utf-8", "surrogateescape")
            replace_named(target, lambda secret: self._mark(secret, call))

    def _around(self, exchange: Exchange) -> Exchange:
        """Return the exchange with what is around its messages replaced: files tell it, too."""
        texts = (exchange.connection, exchange.client, exchange.large or "", exchange.failure or "")
        if self._are_clean(*texts):
            return exchange
        connection, client, large, failure = map(self._text, texts)
        return replace(
            exchange,
            connection=connection,
            client=client,
            large=None if exchange.large is None else large,
            failure=None if exchange.failure is None else failure,
        )

    def _request(self, request: Request, body: bytes | None) -> Request:
        body = self.body(request.body) if body is None else body
        texts = [request.method, request.host, request.encoding, request.target]
        texts += [request.scheme, request.http_version]
        if self._are_clean(*texts, *_plain_values(request.headers)):
            return replace(request, headers=self._marked(request.headers), body=body)
        return replace(
            request,
            method=self._text(request.method),
            scheme=self._text(request.scheme),
            http_version=self._text(request.http_version),
            host=self._text(request.host),
            encoding=self._text(request.encoding),
            target=self.target(request.target),
            headers=self._headers(request.headers),
            body=body,
        )

    def _response(self, response: Response, body: bytes) -> Response:
        body = body if self._searched == self.version else self.body(body)
        texts = (response.reason, response.encoding, response.http_version)
        if self._are_clean(*texts, *_plain_values(response.headers)):
            return replace(response, headers=self._marked(response.headers), body=body)
        return replace(
            response,
            reason=self._text(response.reason),
            http_version=self._text(response.http_version),
            encoding=self._text(response.encoding),
            headers=self._headers(response.headers),
            body=body,
        )

    def _are_clean(self, *texts: str) -> bool:
        """Return whether there is no secret in texts: together they are searched in no time."""
        raw = "\n".join(texts).encode("utf-8", "surrogateescape")
        return self.body(raw) is raw

    def _headers(self, headers: Headers) -> Headers:
        return tuple(
            (self._text(name), self._field(name.lower(), value)) for name, value in headers
        )

    def _marked(self, headers: Headers) -> Headers:
        """Return headers of which only those with a secret name are replaced."""
        return tuple(
            (name, self._field(name.lower(), value) if _holds_secret(name) else value)
            for name, value in headers
        )

    def _field(self, name: str, value: str) -> str:
        if value and name in COOKIES:
            return _BARE_MARK
        return self._mark(value) if value and is_secret_header(name) else self._text(value)

    def _text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogateescape")
        replaced = self.body(raw)
        return text if replaced is raw else replaced.decode("utf-8", "surrogateescape")

    def _mark(self, secret: str, call: int = 0) -> str:
        raw = secret.encode("utf-8", "surrogateescape")
        if MARK.search(raw):
            return secret if MARK.fullmatch(raw) else _BARE_MARK
        mark = self._marks.get(secret)
        if mark is None:
            mark = self._marks[secret] = f"[redacted:{self._digest(secret).hex()}]"
            if secret in self._known and is_searched(secret):
                self._has_another_key()
        if secret not in self._known and is_searched(secret) and self._learnt.meet(secret, call):
            self._has_another_key()
        return mark

    def _has_another_key(self) -> None:
        self.version += 1
        self.keys_version += 1

    def _named(self, value: str) -> str:
        """Return the mark of a value that has a secret name in a body."""
        self._meet(value)
        return self._marks.get(value, _BARE_MARK)

    def _meet(self, secret: str) -> None:
        if (
            is_random(secret)
            and "[redacted" not in secret
            and secret not in self._marks
            and secret not in self._met
        ):
            self._met.append(secret)
            self.version += 1

    def _digest(self, secret: str) -> bytes:
        raw = secret.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(raw, salt=self._salt, n=_SCRYPT_COST, r=8, p=1, dklen=4)

    def _in_depth(self) -> SecretSearch:
        """Return the search that :mod:`cleaning` does."""
        if self._deep is None or self._deep.marks != self.keys:
            self._deep = SecretSearch(self.keys, lambda _: _BARE_MARK)
        return self._deep

    def _current(self) -> SecretSearch:
        """Return the search for all that is known; those learnt longest ago made room."""
        if self._searched != self.version:
            met = dict.fromkeys(self._met, _BARE_MARK.encode())
            self._search = SecretSearch(self.keys, self._named, met)
            self._searched = self.version
        return self._search


def secrets_of(name: str, value: str) -> Iterator[str]:
    """Yield the secrets in a header.

    Args:
        name: in lower case.
        value: of the header.
    """
    if value and is_secret_header(name):
        yield value
        yield from secrets_within(value)


def cookies_of(name: str, value: str) -> Iterator[str]:
    """Yield the values of the cookies in a header.

    Args:
        name: in lower case.
        value: of the header.
    """
    if name in COOKIES:
        pairs = value.split(";") if name.startswith("cookie") else [value.partition(";")[0]]
        for pair in pairs:
            yield pair.partition("=")[2].strip().strip('"')


def _holds_secret(name: str) -> bool:
    name = name.lower()
    return name in COOKIES or is_secret_header(name)


def _plain_values(headers: Headers) -> Iterator[str]:
    """Yield the names of headers, and those values that are not replaced anyway."""
    for name, value in headers:
        yield name
        if not _holds_secret(name):
            yield value


def is_searched(secret: str) -> bool:
    """Return whether a secret is searched for outside of the header that tells it."""
    return len(secret) >= _SHORTEST_SEARCHED and secret not in _IN_EVERY_MARK
