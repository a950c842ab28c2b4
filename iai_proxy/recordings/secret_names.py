"""Values that are secret by the names they have: in JSON, in forms, in URLs and in headers.

A name is secret by how it ends (``access_token``, ``clientSecret``, ``X-Amz-Signature``), whatever
stands before, in whatever spelling. The value under it is replaced whatever it is. It is searched
for elsewhere too if :func:`is_random` says so: ``"password": "default"`` is no reason to change
every ``default``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

#: Headers that hold a secret, besides those with a secret name.
_HEADERS: Final = frozenset({"authorization", "proxyauthorization"})
_ENDINGS: Final = (
    "token", "secret", "password", "passwd", "passphrase", "signature", "apikey", "accesskey",
    "accesskeyid", "secretkey", "privatekey", "authkey", "sharedkey", "accountkey", "sessionkey",
    "signingkey", "encryptionkey", "masterkey", "subscriptionkey", "functionskey", "sessionid",
    "credential", "credentials", "jwt", "authorization",
)  # fmt: skip
_NAMES: Final = frozenset(
    {"sig", "pwd", "pass", "pw", "auth", "bearer", "sid", "phpsessid", "sas", "otp", "csrf", "xsrf"}
)
#: In a URL alone: ``"key"`` is a common name in JSON.
_NAMES_IN_URLS: Final = frozenset({"key", "code"})
_PLAIN: Final = re.compile(r"[^a-z0-9]")

#: What a value must have to be searched for elsewhere.
_SHORTEST: Final = 8
_LONG: Final = 20
#: ``iai:10th_and_dunbar``: as the API names places.
_PLACE: Final = re.compile(r"[a-z]+:\w+")

# None of these may take more than a few steps a byte, whatever the text: possessive quantifiers do
# not go back, and a run of backslashes is begun with at its start alone.
_QUOTE: Final = rb'(?:(?<!\\)\\{0,15}+)?+"'
_TEXT: Final = rb'(?:(?!(?P=quote))(?:\\\\\\"|\\.)|[^"\\])'

#: A name in JSON, also in JSON that is a string of other JSON: ``{\"token\":``.
NAMES_IN_JSON: Final = re.compile(rb'"([^"\\]{1,80}+)\\*+"\s*+:')
#: A name before ``=`` in a URL, a form, or XML.
NAMES_IN_FORMS: Final = re.compile(rb"([\w.%$]{1,80})=")

_JSON: Final = re.compile(
    rb"(?P<before>(?P<quote>" + _QUOTE + rb""")(?P<name>[^"\\]{1,80}+)(?P=quote)\s*+:\s*+)"""
    rb"(?:(?P=quote)(?P<text>" + _TEXT + rb"""*+)(?P=quote)"""
    rb"""|(?P<number>-?[0-9][0-9.eE+-]*+)|\[(?P<list>[^\[\]{}]*+)\])""",
    re.DOTALL,
)
_TEXT_IN_LIST: Final = re.compile(
    rb"(?P<quote>" + _QUOTE + rb")(?P<text>" + _TEXT + rb"++)(?P=quote)", re.DOTALL
)
_FORM: Final = re.compile(
    rb"""(?P<mark>^|[?&#;\s,"'<>\\])(?P<name>[\w.%$\[\]-]{1,80})="""
    rb"""(?P<quote>\\*["'])?(?P<value>[^&#\s"'<>\\]+)"""
)
#: The head of a part of multipart/form-data (RFC 7578), and what its value is between.
_PART: Final = re.compile(rb"\bcontent-disposition:([^\r\n]*+)", re.IGNORECASE)
_PART_NAME: Final = re.compile(rb"""\bname="?([^"\r\n;]{1,80}+)""", re.IGNORECASE)
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_BOUNDARY: Final = re.compile(rb"\r?\n--")
_USER: Final = re.compile(rb"(?P<before>://[^/@\s:\"'?#]*:)(?P<value>[^/@\s\"'?#]+)(?=@)")
_MARK: Final = re.compile(rb"\[redacted(?::[0-9a-f]{8})?\]")

#: Returns the mark for a value, with what it is searched for elsewhere.
Mark = Callable[[str], str]


@lru_cache(maxsize=4096)
def is_secret(name: str, *, in_url: bool = False) -> bool:
    """Return whether what has this name is a secret."""
    plain = _PLAIN.sub("", unquote_plus(name).lower())
    return plain.endswith(_ENDINGS) or plain in _NAMES or (in_url and plain in _NAMES_IN_URLS)


@lru_cache(maxsize=1024)
def is_secret_header(name: str) -> bool:
    """Return whether a header of this name, in lower case, holds a secret."""
    return is_secret(name) and not name.startswith(("www-", "access-control-", "sec-websocket"))


def is_random(value: str) -> bool:
    """Return whether a value is unlikely to stand anywhere by chance.

    It has letters and digits, or is long, and it is no name of a place.
    """
    if len(value) < _SHORTEST or _PLACE.fullmatch(value) or any(map(str.isspace, value)):
        return False
    mixed = any(map(str.isalpha, value)) and any(map(str.isdigit, value))
    return mixed or (len(value) >= _LONG and not value.isdigit())


def has_secret_names(rest: bytes) -> bool:
    """Return whether a text, of which numbers and white space were left out, has secret names."""
    if b"://" in rest or b"name=" in rest:  # a password in a URL, or multipart/form-data
        return True
    names = set(NAMES_IN_JSON.findall(rest)) if b":" in rest else set()
    if b"=" in rest:
        names.update(NAMES_IN_FORMS.findall(rest))
    return any(is_secret(_text(name), in_url=True) for name in names)


def replace_named(body: bytes, mark: Mark) -> bytes:
    """Return a text with every value replaced that has a secret name."""

    def in_json(found: re.Match[bytes]) -> bytes:
        if not is_secret(_text(found["name"])):
            inner = found["text"] or found["list"]
            return found[0].replace(inner, _JSON.sub(in_json, inner)) if inner else found[0]
        if found["list"]:
            return found["before"] + b"[" + _TEXT_IN_LIST.sub(in_list, found["list"]) + b"]"
        value = found["text"] or found["number"]
        return found["before"] + quoted(found, value) if value else found[0]

    def in_list(found: re.Match[bytes]) -> bytes:
        return quoted(found, found["text"])

    def quoted(found: re.Match[bytes], value: bytes) -> bytes:
        return found["quote"] + _marked(value, mark) + found["quote"]

    def in_form(found: re.Match[bytes]) -> bytes:
        in_url = found["mark"] in (b"?", b"&", b"#")
        if not is_secret(_text(found["name"]), in_url=in_url):
            return found[0]
        replaced = _marked(found["value"], lambda value: mark(unquoted(value)))
        return found["mark"] + found["name"] + b"=" + (found["quote"] or b"") + replaced

    def of_user(found: re.Match[bytes]) -> bytes:
        return found["before"] + _marked(found["value"], lambda value: mark(unquoted(value)))

    replaced = _JSON.sub(in_json, body)
    if b"=" in body:
        replaced = _FORM.sub(in_form, replaced)
    if b"name=" in body:
        replaced = _replace_parts(replaced, mark)
    if b"://" in body:
        replaced = _USER.sub(of_user, replaced)
    return body if replaced == body else replaced


def _replace_parts(body: bytes, mark: Mark) -> bytes:
    """Return multipart/form-data with the parts replaced that have secret names.

    A part that was cut off is replaced too. Each byte is looked at once.
    """
    pieces: list[bytes] = []
    done = 0
    for head in _PART.finditer(body):
        name = _PART_NAME.search(head[1])
        if head.start() < done or not name or not is_secret(_text(name[1])):
            continue
        blank = _BLANK_LINE.search(body, head.end())
        if not blank:
            break
        boundary = _BOUNDARY.search(body, blank.end())
        end = boundary.start() if boundary else len(body)
        if blank.end() < end:
            pieces += [body[done : blank.end()], _marked(body[blank.end() : end], mark)]
        else:
            pieces.append(body[done:end])
        done = end
    return b"".join([*pieces, body[done:]]) if pieces else body


def unquoted(value: str) -> str:
    """Return a value of a URL as it was before it was percent-encoded."""
    from urllib.parse import unquote

    return unquote(value, errors="surrogateescape")


def _marked(value: bytes, mark: Mark) -> bytes:
    if _MARK.fullmatch(value):
        return value
    return mark(_text(value)).encode()


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
