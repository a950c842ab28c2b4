"""The forms in which a secret can appear: in a header, in a URL, in JSON, in hex, in base64 ..."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterator
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


def secrets_within(header_name: str, value: str) -> list[str]:
    """Return the secrets in a header's value: the token of Bearer, the password of Basic."""
    if header_name not in {"authorization", "proxy-authorization"}:
        return []
    scheme, _, token = value.partition(" ")
    secrets = [token.strip()] if token.strip() else []
    if scheme.lower() == "basic":
        secrets += _basic_password(token)
    return secrets


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


@lru_cache(maxsize=_MOST_KNOWN)
def escaped_form(secret: str) -> re.Pattern[bytes]:
    r"""Return a pattern for a secret with any characters escaped.

    For JSON and programs (``\\u006b``, ``\\x6b``, also behind more backslashes), percent-encoded
    once or more often (``%6b``, ``%256b``), or as HTML has it (``&#107;``, ``&#x6b;``).
    """
    characters = []
    for byte in secret.encode("utf-8", "surrogateescape"):
        digits = f"{byte:02x}"
        ways = [
            rf"\\+(?:u00|x){_any_case(digits)}",
            rf"%(?:25)*{_any_case(digits)}",
            rf"&#(?:0*{byte}|[xX]0*{_any_case(digits)});",
        ]
        plain = re.escape(bytes([byte]))
        characters.append(b"(?:" + plain + b"|" + "|".join(ways).encode() + b")")
    return re.compile(b"".join(characters))


def unescaped(body: bytes) -> bytes:
    """Return a body with those escapes undone that :func:`escaped_form` knows."""
    return _ESCAPED_BYTE.sub(_byte_of, body)


_ESCAPED_BYTE: Final = re.compile(
    rb"\\+(?:u00|x)([0-9a-fA-F]{2})|%(?:25)*([0-9a-fA-F]{2})"
    rb"|&#[xX]0*([0-9a-fA-F]{1,2});|&#0*([0-9]{1,3});"
)


def _byte_of(found: re.Match[bytes]) -> bytes:
    *in_hex, decimal = found.groups()
    code = int(decimal) if decimal else int(next(filter(None, in_hex)), 16)
    return bytes([code]) if code < 256 else found[0]


def number_form(form: bytes) -> re.Pattern[bytes]:
    """Return a pattern for a form of digits alone: within a longer number it is no secret."""
    if len(form) > _MOST_DIGITS:
        return re.compile(form)
    return re.compile(rb"(?<![0-9.])" + form + rb"(?![0-9.])")


def broken_form(form: bytes) -> re.Pattern[bytes]:
    r"""Return a pattern for base64 or hex that is broken into lines, also of a JSON string."""
    between = rb"(?:\s|\\+[rn])*"
    return re.compile(between.join(re.escape(bytes([byte])) for byte in form))


def _any_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)


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


def _basic_password(token: str) -> list[str]:
    try:
        password = base64.b64decode(token, validate=True).decode().partition(":")[2]
    except ValueError:
        return []
    return [password] if password else []


def _readings(secret: str) -> set[str]:
    """Headers are read as Latin-1, however they were written: elsewhere such a secret is UTF-8."""
    try:
        return {secret, secret.encode("latin-1").decode()}
    except UnicodeError:
        return {secret}
