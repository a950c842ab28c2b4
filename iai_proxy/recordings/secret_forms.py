"""The forms in which a secret can appear: in a header, in a URL, in JSON, in hex, in base64 ..."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
#: Base64 of fewer bytes says too little.
_SHORTEST_IN_BASE64: Final = 4
#: A run of more digits than this is no number: a double has 17 at most, after a few zeros.
_MOST_DIGITS: Final = 25
#: The forms of so many secrets are remembered.
_MOST_KNOWN: Final = 1024


@lru_cache(maxsize=_MOST_KNOWN)
def plain_forms(secret: str) -> frozenset[bytes]:
    """Return a secret as text: plain, percent-encoded, and in JSON."""
    return frozenset(_texts(secret))


@lru_cache(maxsize=_MOST_KNOWN)
def written_forms(secret: str) -> frozenset[bytes]:
    """Return a secret plain, percent-encoded, in JSON, in base64, in hex, and in UTF-16.

    Base64 and hex are those of any text that holds the secret.
    """
    forms = {*plain_forms(secret), *_in_utf16(secret)}
    for raw in (*_raw(secret), *_in_utf16(secret)):
        forms |= {*_in_base64(raw), *_in_hex(raw)}
    return frozenset(forms)


@lru_cache(maxsize=_MOST_KNOWN)
def listed_forms(secret: str) -> frozenset[bytes]:
    """Return a secret as a list of its bytes, in hex or, as the API writes bytes, in decimal."""
    forms: set[bytes] = set()
    for raw in _raw(secret):
        for digits in ([f"{byte:02x}" for byte in raw], [f"{byte:02X}" for byte in raw]):
            forms |= {separator.join(digits).encode() for separator in (":", " ", "-")}
        codes = [str(byte) for byte in raw]
        forms |= {separator.join(codes).encode() for separator in (",", ", ")}
    return frozenset(forms)


#: An escaped byte: for JSON and programs (``\\u006b``, ``\\x6b``, also behind more backslashes),
#: percent-encoded once or more often (``%6b``, ``%256b``), or as HTML has it (``&#107;``,
#: ``&#x6b;``). A run of backslashes is begun with at its start alone: else a long one takes hours.
_ESCAPED_BYTE: Final = re.compile(
    rb"(?<!\\)\\++(?:u00|x)([0-9a-fA-F]{2})|%(?:25)*([0-9a-fA-F]{2})"
    rb"|&#[xX]0*([0-9a-fA-F]{1,2});|&#0*(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2});"
)
#: What base64 and hex are broken into lines with, also in a JSON string.
_BREAK: Final = re.compile(rb"(?:\s|(?<!\\)\\++[rn])++")
_WHITE: Final = b" \t\r\n\v\f"


def unescaped(body: bytes) -> bytes:
    """Return a body with its escaped bytes as they are."""
    return _ESCAPED_BYTE.sub(_byte_of, body)


def unbroken(body: bytes) -> bytes:
    """Return a body without what base64 and hex are broken into lines with."""
    return _BREAK.sub(b"", body) if b"\\" in body else body.translate(None, _WHITE)


def replace_escaped(body: bytes, secret: bytes, mark: bytes) -> bytes:
    """Return a body with a secret replaced, of which any bytes may be escaped."""
    return _replaced_as_read(body, secret, mark, _ESCAPED_BYTE, unescaped(body), width=1)


def replace_broken(body: bytes, form: bytes, mark: bytes) -> bytes:
    """Return a body with base64 or hex replaced that may be broken into lines."""
    return _replaced_as_read(body, form, mark, _BREAK, _BREAK.sub(b"", body), width=0)


def _replaced_as_read(
    body: bytes, wanted: bytes, mark: bytes, spans: re.Pattern[bytes], read: bytes, *, width: int
) -> bytes:
    """Return a body without what stands in it as it is read.

    Args:
        body: anything.
        wanted: what is replaced.
        mark: replaces it.
        spans: what of the body is read as something else.
        read: the body with that read so.
        width: as how many bytes each of them is read.
    """
    places = [
        place
        for found in re.finditer(re.escape(wanted), read)
        for place in (found.start(), found.end() - 1)
    ]
    pieces: list[bytes] = []
    done = 0
    where = _where(body, places, spans, width)
    for (start, _), (_, end) in zip(where, where, strict=True):
        pieces += [body[done:start], mark]
        done = end
    return b"".join([*pieces, body[done:]])


def _where(
    body: bytes, places: Iterable[int], spans: re.Pattern[bytes], width: int
) -> Iterator[tuple[int, int]]:
    """Yield from where to where in a body each place of it stands, as it is read; in one pass."""
    left = iter(places)
    place = next(left, None)
    read = done = 0
    for start, end in (*(found.span() for found in spans.finditer(body)), (len(body), len(body))):
        while place is not None and place < read + start - done:
            yield done + place - read, done + place - read + 1
            place = next(left, None)
        read += start - done
        while place is not None and place < read + width:
            yield start, end
            place = next(left, None)
        read += width
        done = end


def _byte_of(found: re.Match[bytes]) -> bytes:
    *in_hex, decimal = found.groups()
    return bytes([int(decimal) if decimal else int(next(filter(None, in_hex)), 16)])


#: A number is told from a secret that has digits alone if it has fewer than this: a seed may have
#: ten of them by chance.
_MOST_DIGITS_BY_CHANCE: Final = 9
_NUMBER: Final = re.compile(rb"-?[0-9][0-9.eE+-]*+")
_STRING: Final = rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
_STRING_OR_NUMBER: Final = re.compile(_STRING + rb"|(?P<number>-?[0-9][0-9.eE+-]*+)", re.DOTALL)
_JSON_BEGINNING: Final = re.compile(rb"\s*+[\[{]")


def is_number(form: bytes) -> bool:
    """Return whether a form may be a whole number in JSON."""
    return _NUMBER.fullmatch(form) is not None


def replace_number(body: bytes, form: bytes, mark: bytes) -> bytes:
    """Return a body with a form replaced that may be a number.

    Within a longer number it is no secret. In JSON a number is replaced by a string, but left where
    it has so few digits that it may stand there by chance.
    """
    in_text = re.compile(rb"(?<![0-9.])" + re.escape(form) + rb"(?![0-9.])")
    if len(form) > _MOST_DIGITS:
        in_text = re.compile(re.escape(form))
    if not _JSON_BEGINNING.match(body):
        return in_text.sub(mark, body)
    quoted = form if len(form) <= _MOST_DIGITS_BY_CHANCE else b'"' + mark + b'"'

    def in_json(found: re.Match[bytes]) -> bytes:
        if found["number"]:
            return quoted if found[0] == form else found[0]
        return in_text.sub(mark, found[0])

    replaced = _STRING_OR_NUMBER.sub(in_json, body)
    return body if replaced == body else replaced


def replace_list(body: bytes, form: bytes, mark: bytes) -> bytes:
    """Return a body with a secret replaced that is a list of numbers: in JSON by a string."""
    numbers = rb"(?<![0-9.])" + re.escape(form) + rb"(?![0-9.])"
    if not _JSON_BEGINNING.match(body):
        return re.sub(numbers, mark, body)

    def in_json(found: re.Match[bytes]) -> bytes:
        if found["list"]:
            return b'"' + mark + b'"'
        return re.sub(numbers, mark, found[0])

    listed = re.compile(_STRING + rb"|(?P<list>" + numbers + rb")", re.DOTALL)
    replaced = listed.sub(in_json, body)
    return body if replaced == body else replaced


def _texts(secret: str) -> Iterator[bytes]:
    for text in _readings(secret):
        for written in {text, *_in_json(text), *_percent_encoded(text)}:
            yield written.encode("utf-8", "surrogateescape")
    if not secret.isascii():
        with contextlib.suppress(UnicodeEncodeError):
            yield secret.encode("latin-1")


def _raw(secret: str) -> set[bytes]:
    return {text.encode("utf-8", "surrogateescape") for text in _readings(secret)}


def _in_utf16(secret: str) -> set[bytes]:
    return {
        text.encode(charset, "surrogatepass")
        for text in _readings(secret)
        for charset in ("utf-16-le", "utf-16-be")
    }


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """Yield what stands in the base64 of any text that holds these bytes (RFC 4648).

    Of the first and last digit some bits are the neighbours': those are left out.
    """
    if len(raw) < _SHORTEST_IN_BASE64:
        return
    for before in range(3):
        digits = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        form = digits[first:last]
        yield form
        yield form.translate(_URL_SAFE)


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def _in_hex(raw: bytes) -> tuple[bytes, bytes]:
    digits = raw.hex().encode()
    return digits, digits.upper()


def _in_json(text: str) -> set[str]:
    escaped = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return escaped | {form.replace("/", "\\/") for form in escaped}


def _percent_encoded(text: str) -> set[str]:
    upper = {
        encode(text, safe=safe, errors="surrogateescape")
        for encode in (quote, quote_plus)
        for safe in ("", "/")
    }
    return upper | {_ESCAPE.sub(lambda found: found[0].lower(), form) for form in upper}


def _readings(secret: str) -> set[str]:
    """Headers are read as Latin-1, however they were written: elsewhere such a secret is UTF-8."""
    try:
        return {secret, secret.encode("latin-1").decode()}
    except UnicodeError:
        return {secret}
