"""The forms in which a secret can appear: in a header, in a URL, in JSON, in base64."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from functools import cache
from typing import Final
from urllib.parse import quote, quote_plus

_ESCAPE: Final = re.compile("%[0-9A-F]{2}")


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
    """Return a secret plain, percent-encoded, escaped in a JSON string, and in base64."""
    forms: set[bytes] = {base64.b64encode(secret.encode("utf-8", "surrogateescape")).rstrip(b"=")}
    for text in _readings(secret):
        for written in {text, *_in_json(text), *_percent_encoded(text)}:
            forms.add(written.encode("utf-8", "surrogateescape"))
    if not secret.isascii():
        with contextlib.suppress(UnicodeEncodeError):
            forms.add(secret.encode("latin-1"))
    return frozenset(forms)


@cache
def escaped_form(secret: str) -> re.Pattern[bytes]:
    """Return a pattern for a secret with any characters escaped for JSON or percent-encoded."""
    characters = []
    for byte in secret.encode("utf-8", "surrogateescape"):
        plain = re.escape(bytes([byte]))
        digits = "".join(
            f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{byte:02x}"
        ).encode()
        characters.append(b"(?:" + plain + b"|\\\\u00" + digits + b"|%" + digits + b")")
    return re.compile(b"".join(characters))


def number_form(form: bytes) -> re.Pattern[bytes]:
    """Return a pattern for a key of digits alone: within a longer number it is no key."""
    return re.compile(rb"(?<![0-9.])" + form + rb"(?![0-9.])")


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
