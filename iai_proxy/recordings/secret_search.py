"""Searching bytes for secrets, in every form and by name, and replacing them.

What takes the time is not searched: of a body of 300 kB all but some hundred bytes are numbers. So
numbers and white space are left out first, in a single pass, and from each form that is searched
for as well. Only where what is left of the form stands in what is left of the body, the body itself
is searched. That a form is missed is impossible, since leaving out keeps the order of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from iai_proxy.recordings.compressed import may_have_streams, replace_in_streams
from iai_proxy.recordings.encoded_runs import EncodedRuns
from iai_proxy.recordings.named_values import has_secret_names, replace_named
from iai_proxy.recordings.search_budget import Budget, SpentError
from iai_proxy.recordings.secret_forms import (
    is_number,
    listed_forms,
    plain_forms,
    replace_broken,
    replace_escaped,
    replace_list,
    replace_number,
    unbroken,
    unescaped,
    written_forms,
)

_OF_NUMBERS: Final = b"0123456789.,-+[] \t\r\n"
#: A body of which more is left is searched for few forms before it is committed; for all while it
#: is packed.
_MOST_AT_ONCE: Final = 1 << 16
#: How deep streams and encoded texts within each other are followed.
_DEEPEST: Final = 4
#: Base64 and hex that are shorter may be found by chance if white space may stand in between.
_SHORTEST_BROKEN: Final = 16
#: Base64 and hex.
_IN_LINES: Final = re.compile(rb"[A-Za-z0-9+/_-]+")
_ESCAPED_BREAKS: Final = re.compile(rb"(?<!\\)\\++[nr]")
#: A secret as a list of its bytes, as the API writes bytes.
_LIST: Final = re.compile(rb"[0-9]+(?:, ?[0-9]+)+")
#: The forms of so many secrets are remembered.
_MOST_PREPARED: Final = 1024
#: By so many bytes forms are looked up in short texts.
_GRAM: Final = 4

#: What replaces a body that takes too long to search.
_WHOLE: Final = b"[redacted]"
_WHOLE_JSON: Final = b'"[redacted]"'
_JSON_BEGINNINGS: Final = (b"{", b"[", b'"')

Named = Callable[[str], str]
_NONE: Final[Mapping[str, bytes]] = {}


class _Form(NamedTuple):
    written: bytes
    rest: bytes
    mark: bytes
    may_be_broken: bool


class _Forms:
    """Forms of secrets, in the order in which they are to be replaced."""

    def __init__(self, forms: Iterable[_Form]) -> None:
        self._forms = list(forms)

    def replace(self, body: bytes, rest: bytes) -> bytes:
        """Return a body with them replaced.

        Args:
            body: anything.
            rest: what is left of it without numbers and white space.
        """
        many = len(self._forms) > len(rest)
        whole: bytes | None = None  # with nothing broken into lines
        for form in self._possible(rest) if many else self._forms:
            if form.rest not in rest:
                continue
            if form.written in body:
                body, whole = _replaced(body, form), None
            elif form.may_be_broken and (b"\n" in body or b"\\" in body):
                whole = unbroken(body) if whole is None else whole
                if form.written in whole:
                    body, whole = replace_broken(body, form.written, form.mark), None
        return body

    def _possible(self, rest: bytes) -> list[_Form]:
        """Return those that may be in a text which is shorter than they are many."""
        grams = {rest[start : start + _GRAM] for start in range(len(rest))}
        found = [place for gram in grams for place in self._by_gram.get(gram, ())]
        return [self._forms[place] for place in sorted({*found, *self._short})]

    @cached_property
    def _by_gram(self) -> dict[bytes, list[int]]:
        """The places of forms by how what is left of them begins."""
        places: dict[bytes, list[int]] = {}
        for place, form in enumerate(self._forms):
            places.setdefault(form.rest[:_GRAM], []).append(place)
        return places

    @cached_property
    def _short(self) -> list[int]:
        return [place for place, form in enumerate(self._forms) if len(form.rest) < _GRAM]


class SecretSearch:
    """Searches for some secrets.

    Args:
        marks: what replaces each.
        named: gives what replaces a value with a secret name; None to leave those.
        plain: what replaces each of those that are searched for as text only: there may be a new
            one with every call.
    """

    def __init__(
        self,
        marks: Mapping[str, bytes],
        named: Named | None,
        plain: Mapping[str, bytes] = _NONE,
    ) -> None:
        self.marks = dict(marks)
        self._named = named
        # The longest first: one that contains another must not stay half.
        keys = sorted(marks, key=len, reverse=True)
        of_keys = (form for key in keys for form in _forms(written_forms, key, marks[key]))
        others = (form for other in plain for form in _forms(plain_forms, other, plain[other]))
        self._forms = _Forms([*of_keys, *others])
        self._listed = _Forms(
            form for key in keys for form in _forms(listed_forms, key, marks[key])
        )
        self._runs = EncodedRuns()

    def replace(self, body: bytes) -> bytes:
        """Return a body with the secrets replaced, as far as that takes no more than a moment.

        The very same object where there are none.
        """
        rest = body.translate(None, _OF_NUMBERS)
        if len(rest) > _MOST_AT_ONCE:
            return self._forms.replace(body, rest)
        return self._replace(body, rest)

    def replace_all(self, body: bytes) -> bytes:
        """Return a body with the secrets replaced, also in what is compressed or encoded in it.

        One that takes too long to search is replaced as a whole.
        """
        try:
            return self._replace_deep(body, 1, Budget(len(body)))
        except SpentError:
            return _WHOLE_JSON if body.lstrip()[:1] in _JSON_BEGINNINGS else _WHOLE

    def _replace_deep(self, body: bytes, depth: int, budget: Budget) -> bytes:
        budget.check()
        rest = body.translate(None, _OF_NUMBERS)
        body = self._replace(body, rest)
        body = self._listed.replace(body, rest)
        if b"\\n" in rest or b"\\r" in rest:  # broken into lines in a JSON string
            body = self._forms.replace(body, _ESCAPED_BREAKS.sub(b"", rest))
        if depth < _DEEPEST:

            def within(inner: bytes) -> bytes:
                return self._replace_deep(inner, depth + 1, budget)

            if may_have_streams(body, rest):
                body = replace_in_streams(body, within, budget)
            body = self._runs.replace(body, rest, within)
        return body

    def _replace(self, body: bytes, rest: bytes) -> bytes:
        body = self._forms.replace(body, rest)
        if may_be_escaped(rest):
            body = self._replace_escaped(body)
        if self._named and has_secret_names(rest):
            body = replace_named(body, self._named)
        return body

    def _replace_escaped(self, body: bytes) -> bytes:
        plain = unescaped(body)
        if plain != body:
            for secret, mark in self.marks.items():
                raw = secret.encode("utf-8", "surrogateescape")
                if raw in plain:
                    body = replace_escaped(body, raw, mark)
        return body


def may_be_escaped(body: bytes) -> bool:
    """Return whether a body has escapes. Searching for one byte takes a fiftieth of two's time."""
    return b"\\" in body or b"%" in body or b"&" in body


def _replaced(body: bytes, form: _Form) -> bytes:
    if is_number(form.written):
        return replace_number(body, form.written, form.mark)
    if _LIST.fullmatch(form.written):
        return replace_list(body, form.written, form.mark)
    return body.replace(form.written, form.mark)


def _may_be_broken(form: bytes) -> bool:
    return len(form) >= _SHORTEST_BROKEN and _IN_LINES.fullmatch(form) is not None


@lru_cache(maxsize=_MOST_PREPARED)
def _forms(of: Callable[[str], Iterable[bytes]], secret: str, mark: bytes) -> list[_Form]:
    longest_first = sorted(of(secret), key=lambda form: (-len(form), form))
    return [
        _Form(form, form.translate(None, _OF_NUMBERS), mark, _may_be_broken(form))
        for form in longest_first
    ]
