"""Which names say that a value is secret, and which values under such a name are none.

A name is secret by how it ends (``access_token``, ``clientSecrets``, ``X-Amz-Signature``), whatever
stands before, in whatever spelling. :mod:`named_values` finds such names, and replaces the values.
A value is searched for elsewhere too if :func:`is_random` says so: ``"password": "default"`` is no
reason to change every ``default``.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

_ENDINGS: Final = (
    "token", "secret", "password", "passwd", "passphrase", "passcode", "signature", "apikey",
    "accesskey", "accesskeyid", "secretkey", "privatekey", "authkey", "sharedkey", "accountkey",
    "sessionkey", "signingkey", "encryptionkey", "masterkey", "subscriptionkey", "functionskey",
    "sessionid", "credential", "jwt", "authorization",
)  # fmt: skip
_NAMES: Final = (
    "sig", "pwd", "pass", "pw", "auth", "bearer", "sid", "phpsessid", "sas", "otp", "csrf", "xsrf",
    "cookie", "setcookie",
)  # fmt: skip
#: In a URL alone: ``"key"`` is a common name in JSON.
_NAMES_IN_URLS: Final = ("key", "code")
_NO_LETTERS: Final = re.compile(r"[^a-z]")

#: Headers by their words: ``x-amzn-oidc-data``, ``cf-access-jwt-assertion``; by the last one:
#: ``x-auth``.
_HEADER_WORDS: Final = frozenset({"jwt", "oidc", "saml"})
_LAST_HEADER_WORDS: Final = frozenset({*_NAMES, "session", "assertion"})
#: They hold nothing that lets anyone in.
_OPEN_HEADERS: Final = ("www-", "access-control-", "sec-websocket")
COOKIES: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})

#: What a value must have to be searched for elsewhere.
_SHORTEST: Final = 8
_LONG: Final = 20
#: ``iai:10th_and_dunbar``: as the API names places.
_PLACE: Final = re.compile(r"[a-z]+:\w+")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.+Z-]*+)?")

#: Within a list or beside its name, a shorter text is no secret.
_SHORTEST_BESIDE: Final = 6
_WORDS: Final = re.compile(r"(?:[^\W\d_]{1,19}+(?:[\W_]++|\Z))++")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")

#: ``Bearer abc``: a scheme of authorization (RFC 9110, 11.4) and what belongs to it.
_SCHEME: Final = re.compile(r"([A-Za-z][\w-]*+)[ ]++(\S.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r'([\w-]++)=(?:"([^"]*+)"|([^\s,"]++))')


@lru_cache(maxsize=4096)
def is_secret(name: str, *, in_url: bool = False) -> bool:
    """Return whether what has this name is a secret, or a list of them."""
    plain = _NO_LETTERS.sub("", unquote_plus(name).lower())
    if in_url and plain in _NAMES_IN_URLS:
        return True
    return _is_named(plain) or (plain.endswith("s") and _is_named(plain[:-1]))


def _is_named(plain: str) -> bool:
    return plain.endswith(_ENDINGS) or plain.removeprefix("x") in _NAMES


def is_plural(name: str) -> bool:
    """Return whether a secret name is one of many: ``max_tokens`` is a number."""
    plain = _NO_LETTERS.sub("", unquote_plus(name).lower())
    return plain.endswith("s") and not plain.endswith(("pass", "sas"))


@lru_cache(maxsize=1024)
def is_secret_header(name: str) -> bool:
    """Return whether a header of this name, in lower case, holds a secret; cookies apart."""
    if name in COOKIES or name.startswith(_OPEN_HEADERS):
        return False
    words = re.split(r"[-_]", name)
    by_word = words[-1] in _LAST_HEADER_WORDS or not _HEADER_WORDS.isdisjoint(words)
    return by_word or (is_secret(name) and not name.endswith("tokens"))


def is_random(value: str) -> bool:
    """Return whether a value is unlikely to stand anywhere by chance.

    It has letters and digits, or is long, and it is no name of a place and no date.
    """
    if len(value) < _SHORTEST or any(map(str.isspace, value)):
        return False
    if _PLACE.fullmatch(value) or _DATE.fullmatch(value):
        return False
    mixed = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return mixed or (len(value) >= _LONG and not value.isdigit())


def is_plain(value: str) -> bool:
    """Return whether a value that stands near a secret name, or is a number, is no secret.

    That is a short text, words of letters, a place, a date, or any number but a whole one of eight
    digits or more.
    """
    if _NUMBER.fullmatch(value):
        return not is_long_number(value)
    if len(value) < _SHORTEST_BESIDE or _WORDS.fullmatch(value):
        return True
    return bool(_PLACE.fullmatch(value) or _DATE.fullmatch(value))


def is_long_number(value: str) -> bool:
    """Return whether a text is a whole number that may be a secret."""
    return len(value) >= _SHORTEST and value.isdecimal()


def secrets_within(value: str) -> list[str]:
    """Return the secrets in the value of a header with a secret name.

    They are what follows the scheme (``Bearer``, in whatever header), the user or the password of
    Basic, and what the parameters of others tell (``response`` of Digest, ``Signature``).
    """
    found = _SCHEME.fullmatch(value)
    if not found:
        return []
    scheme, token = found[1].lower(), found[2].strip()
    if scheme == "basic":
        return [token, *_of_basic(token)]
    return [token, *_parameters(token)]


def _of_basic(token: str) -> list[str]:
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        return []
    told = [password] if password else []
    return told if password and not is_random(user) else [*told, user] if user else told


def _parameters(token: str) -> list[str]:
    return [
        quoted or bare
        for name, quoted, bare in _PARAMETER.findall(token)
        if (name.lower() == "response" or is_secret(name)) and (quoted or bare)
    ]


def _endings() -> tuple[bytes, ...]:
    singular = (*_ENDINGS, *_NAMES)
    return tuple(name.encode() for name in (*singular, *(f"{name}s" for name in singular)))


#: How a text without anything but small letters ends just behind a secret name.
ENDINGS_OF_NAMES: Final = _endings()
#: How names end that are secret in URLs alone.
ENDINGS_IN_URLS: Final = tuple(name.encode() for name in _NAMES_IN_URLS)
