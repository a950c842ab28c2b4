"""The secrets that a process has met, for what it prints.

They are known as soon as a request comes, long before its call is recorded: what the server says of
a key, or a broken answer that repeats it, is printed before that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.recordings.named_values import replace_named
from iai_proxy.recordings.redactor import cookies_of, is_searched, secrets_of
from iai_proxy.recordings.secret_names import is_random
from iai_proxy.recordings.secret_search import SecretSearch

_MARK: Final = "[redacted]"
#: Of so many secrets those that were met last are hidden.
_MOST: Final = 256


class Unsaid:
    """Hides secrets in texts. Safe to use from any thread.

    Args:
        known: secrets known beforehand.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = tuple(filter(is_searched, known))
        self._met: OrderedDict[str, None] = OrderedDict()
        self._search: SecretSearch | None = None
        self._lock = threading.Lock()

    def meet(self, target: str, headers: Headers) -> None:
        """Take note of the secrets in the head of a message; costs next to nothing."""
        for name, value in headers:
            lowered = name.lower()
            for secret in secrets_of(lowered, value):
                self._add(secret)
            for cookie in cookies_of(lowered, value):
                if is_random(cookie):
                    self._add(cookie)
        if "=" in target:
            replace_named(target.encode("utf-8", "surrogateescape"), self._named)

    def hide(self, text: str) -> str:
        """Return a text without the secrets met so far, and without what has a secret name."""
        raw = text.encode("utf-8", "surrogatepass")
        return self.replace(raw).decode("utf-8", "surrogatepass")

    def replace(self, raw: bytes) -> bytes:
        """Return bytes without them; the very same object where there are none."""
        with self._lock:
            if self._search is None:
                secrets = (*self._known, *self._met)
                self._search = SecretSearch(dict.fromkeys(secrets, _MARK.encode()), lambda _: _MARK)
            return self._search.replace_all(raw)

    def _named(self, value: str) -> str:
        self._add(value)
        return _MARK

    def _add(self, secret: str) -> None:
        if secret in self._met or not is_searched(secret):
            return
        with self._lock:
            self._met[secret] = None
            if len(self._met) > _MOST:
                self._met.popitem(last=False)
            self._search = None
