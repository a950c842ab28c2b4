"""Replaces the values that have secret names: in JSON, texts, forms, URLs, XML and multipart.

What is JSON is read as JSON (:mod:`named_in_json`), anything else as a text
(:mod:`named_in_text`), and so are the texts in JSON. Only values change, all other bytes stay. Each
byte is looked at a few times at most, whatever it is. What has no secret name is found out first,
in a moment.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from iai_proxy.api.lenient_json import parse_json
from iai_proxy.recordings.named_in_json import replace_in_json
from iai_proxy.recordings.named_in_text import replace_in_text, unescaped_name
from iai_proxy.recordings.secret_names import ENDINGS_IN_URLS, ENDINGS_OF_NAMES

#: Returns the mark for a value.
Mark = Callable[[str], str]

#: Texts in JSON in texts in JSON are followed so deep.
_DEEPEST: Final = 4
#: No name that ends secretly is longer, in small letters alone.
_LONGEST_ENDING: Final = max(map(len, ENDINGS_OF_NAMES))
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"
#: What stands within names and makes no difference, and numbers, which were left out.
_LEFT_OUT: Final = b"0123456789.,-+[] \t\r\n_$\0" + bytes(range(128, 256))
#: Small letters stay, capital ones are made small, anything else ends a name.
_ENDS: Final = bytes(
    byte + 32 if byte in _LETTERS.upper() else byte if byte in _LETTERS else ord('"')
    for byte in range(256)
)
#: Python finds them in files, for which there may be no descriptor any more when a call needs them.
_CHARSETS: Final = {
    charset: codecs.lookup(charset)
    for charset in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
}


def has_secret_names(rest: bytes) -> bool:
    """Return whether a text, of which numbers and white space were left out, may have secret names.

    If not, it has none.
    """
    if b"\\u" in rest or b"%" in rest or (b"://" in rest and b"@" in rest):
        return True
    words = set(rest.translate(_ENDS, _LEFT_OUT).split(b'"'))
    if any(_ends_secretly(word[-_LONGEST_ENDING:]) for word in words):
        return True
    return b"=" in rest and any(name + b"=" in rest.lower() for name in ENDINGS_IN_URLS)


@lru_cache(maxsize=4096)
def _ends_secretly(word: bytes) -> bool:
    return word.endswith(ENDINGS_OF_NAMES)


def replace_named(body: bytes, mark: Mark, depth: int = 1) -> bytes:
    """Return a text with every value replaced that has a secret name.

    The very same object where there are none.
    """
    charset = _wide_charset(body)
    if charset:
        return _replace_wide(body, charset, mark)
    if not _may_have_names(body):
        return body

    def within(text: bytes) -> bytes:
        return replace_named(text, mark, depth + 1) if depth < _DEEPEST else text

    if _is_json(body):
        return replace_in_json(body, mark, within)
    return replace_in_text(body, mark)


def _may_have_names(body: bytes) -> bool:
    plain = unescaped_name(body)
    if b"://" in plain and b"@" in plain:
        return True
    words = set(plain.translate(_ENDS, _LEFT_OUT).split(b'"'))
    if any(_ends_secretly(word[-_LONGEST_ENDING:]) for word in words):
        return True
    return b"=" in plain and any(name + b"=" in plain.lower() for name in ENDINGS_IN_URLS)


def _is_json(body: bytes) -> bool:
    if body.lstrip()[:1] not in (b"{", b"[", b'"'):
        return False
    try:
        parse_json(body)
    except ValueError:
        return False
    return True


def _wide_charset(body: bytes) -> str | None:
    """Return in which code of more than one byte a text is written, if it is."""
    if b"\0" not in body[:4]:
        return None
    charset = json.detect_encoding(body)
    if charset in {"utf-16", "utf-32"}:
        return f"{charset}-{'le' if body[0] == 0xFF else 'be'}"
    return charset if charset in _CHARSETS else None


def _replace_wide(body: bytes, charset: str, mark: Mark) -> bytes:
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        return body
    start = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text[len(start) :].encode()
    replaced = replace_named(plain, mark)
    return body if replaced is plain else (start + replaced.decode()).encode(charset)
