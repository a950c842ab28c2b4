"""The forms in which a secret can appear: in a header, in a URL, in JSON, in hex, in base64 ..."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final
from urllib.parse import quote, quote_plus

_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
#: Base64 of fewer bytes says too little.
_SHORTEST_IN_BASE64: Final = 4
#: A run of more digits than this is no number: a double has 17 at most, after a few zeros.
_MOST_DIGITS: Final = 25


def secrets_within(header_name: str, value: str) -> list[str]:
    """Return the secrets in a header's value: the token of Bearer, the password of Basic."""
    if header_name not in {"authorization", "proxy-authorization"}:
        return []
    scheme, _, token = value.partition(" ")
    secrets = [token.strip()] if token.strip() else []
    if scheme.lower() == "basic":
        secrets += _basic_password(token)
    return secrets


@cache
def written_forms(secret: str) -> frozenset[bytes]:
    """Return a secret plain, percent-encoded, in JSON, in base64, in hex, and in UTF-16.

    Base64 and hex are those of any text that holds the secret.
    """
    forms = {*_texts(secret), *_in_utf16(secret)}
    for raw in (*_raw(secret), *_in_utf16(secret)):
        forms |= {*_in_base64(raw), *_in_hex(raw)}
    return frozenset(forms)


@cache
def nested_forms(secret: str) -> frozenset[bytes]:
    """Return a secret that was encoded twice: in base64 or hex, and that once more."""
    forms: set[bytes] = set()
    for raw in _raw(secret):
        once = {*_in_base64(raw), *_in_hex(raw)}
        escaped = {text for text in _texts(secret) if text != raw}
        for inner in once | escaped:
            forms |= {*_in_base64(inner), *_in_hex(inner)}
        for inner in once:
            text = inner.decode("ascii")
            forms |= {form.encode() for form in (*_in_json(text), *_percent_encoded(text))}
        forms |= {separator.join(_bytes_in_hex(raw)) for separator in (b":", b" ", b"-")}
        forms |= {separator.join(_bytes_in_decimal(raw)) for separator in (b",", b", ")}
    return frozenset(forms - written_forms(secret))


@cache
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


def _bytes_in_hex(raw: bytes) -> Iterable[bytes]:
    return (f"{byte:02x}".encode() for byte in raw)


def _bytes_in_decimal(raw: bytes) -> Iterable[bytes]:
    """As the API writes bytes, such as a picture's: ``[137, 80, 78, 71]``."""
    return (str(byte).encode() for byte in raw)


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
