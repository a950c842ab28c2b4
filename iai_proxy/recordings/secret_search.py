"""Searching bytes for secrets, in every form and by name, and replacing them.

What takes the time is not searched: of a body of 300 kB all but some hundred bytes are numbers. So
numbers and white space are left out first, in a single pass, and from each form that is searched
for as well. Only where what is left of the form stands in what is left of the body, the body itself
is searched. That a form is missed is impossible, since leaving out keeps the order of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from iai_proxy.recordings.compressed import replace_in_streams
from iai_proxy.recordings.encoded_runs import EncodedRuns
from iai_proxy.recordings.secret_forms import (
    broken_form,
    escaped_form,
    nested_forms,
    number_form,
    written_forms,
)
from iai_proxy.recordings.secret_names import has_secret_names, replace_named

_OF_NUMBERS: Final = b"0123456789.,-+[] \t\r\n"
#: A body of which more is left is searched for few forms before it is committed; for all while it
#: is packed.
_MOST_AT_ONCE: Final = 1 << 16
#: How deep streams and encoded texts within each other are followed.
_DEEPEST: Final = 4
#: Base64 and hex that are shorter may be found by chance if white space may stand in between.
_SHORTEST_BROKEN: Final = 16

Named = Callable[[str], str]


class _Form(NamedTuple):
    written: bytes
    rest: bytes
    mark: bytes


class SecretSearch:
    """Searches for some secrets.

    Args:
        marks: what replaces each.
        named: gives what replaces a value with a secret name.
    """

    def __init__(self, marks: Mapping[str, bytes], named: Named) -> None:
        self.marks = dict(marks)
        self._named = named
        self._forms = _sorted_forms(self.marks, nested=False)
        self._nested: list[_Form] | None = None
        self._escaped = [(escaped_form(secret), mark) for secret, mark in self.marks.items()]
        self._runs = EncodedRuns()

    def replace(self, body: bytes) -> bytes:
        """Return a body with the secrets replaced, as far as that takes no more than a moment.

        The very same object where there are none.
        """
        rest = body.translate(None, _OF_NUMBERS)
        if len(rest) > _MOST_AT_ONCE:
            return self._replace_forms(body, rest, self._forms)
        return self._replace(body, rest, self._forms)

    def replace_all(self, body: bytes, depth: int = 1) -> bytes:
        """Return a body with the secrets replaced, also in what is compressed or encoded in it."""
        if self._nested is None:
            self._nested = _sorted_forms(self.marks, nested=True)
        rest = body.translate(None, _OF_NUMBERS)
        body = self._replace(body, rest, self._forms)
        body = self._replace_forms(body, rest, self._nested)
        if depth < _DEEPEST:

            def within(inner: bytes) -> bytes:
                return self.replace_all(inner, depth + 1)

            body = replace_in_streams(body, within)
            body = self._runs.replace(body, rest, within)
        return body

    def _replace(self, body: bytes, rest: bytes, forms: list[_Form]) -> bytes:
        body = self._replace_forms(body, rest, forms)
        if self._escaped and may_be_escaped(rest):
            for pattern, mark in self._escaped:
                body = pattern.sub(mark, body)
        return replace_named(body, self._named) if has_secret_names(rest) else body

    def _replace_forms(self, body: bytes, rest: bytes, forms: list[_Form]) -> bytes:
        for form in forms:
            if form.rest in rest:
                body = _replaced(body, form)
        return body


def may_be_escaped(body: bytes) -> bool:
    """Return whether a body has escapes. Searching for one byte takes a fiftieth of two's time."""
    return b"\\" in body or b"%" in body or b"&" in body


def _replaced(body: bytes, form: _Form) -> bytes:
    if form.written in body:
        if form.written.isdigit():
            return number_form(form.written).sub(form.mark, body)
        return body.replace(form.written, form.mark)
    if len(form.written) >= _SHORTEST_BROKEN and form.written.isascii() and b"\n" in body:
        return broken_form(form.written).sub(form.mark, body)
    return body


def _sorted_forms(marks: Mapping[str, bytes], *, nested: bool) -> list[_Form]:
    """Return the forms, the longest first: one that contains another must not stay half."""
    of = nested_forms if nested else written_forms
    forms = {
        _Form(form, form.translate(None, _OF_NUMBERS), mark)
        for secret, mark in marks.items()
        for form in of(secret)
    }
    return sorted(forms, key=lambda form: (-len(form.written), form))
