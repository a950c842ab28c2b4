r"""Replaces what has a secret name in texts that are no JSON: forms, URLs, headers, logs, XML.

The text is gone through once, from sign to sign that can stand between a name and its value: ``=``,
``:``, either percent-encoded, or the ``>`` of XML. The name is what stands before it, the value is
what stands behind it. A value within quotes may hold quotes that are escaped, however often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from iai_proxy.api.marks import MARK
from iai_proxy.recordings.secret_names import is_plain, is_plural, is_secret

Mark = Callable[[str], str]

#: Percent signs are encoded again so often at most, and so many backslashes stand before a quote.
_SIGN: Final = re.compile(rb"=|:|>|%(?:25){0,3}(?:3[DdAa])")
#: In bytes: as far before a sign a name is looked for.
_FURTHEST: Final = 160
_QUOTE: Final = rb"\\{0,31}+[\"'`]|&(?:quot|apos|#3[49]|#x2[27]);|%(?:25){0,3}2[27]"
_QUOTE_BEFORE: Final = re.compile(
    rb"(?:(?<!\\)\\{0,31}[\"'`]|&(?:quot|apos|#3[49]|#x2[27]);|%(?:25){0,3}2[27])\Z"
)
_NAME: Final = re.compile(rb"(?<![\w.$\[\]-])[\w.$\[\]-]++\Z")
_MARKS_OF_URLS: Final = (b"?", b"&", b"#")
#: ``b'abc'`` of Python, and ``=> "abc"`` of Ruby.
_OPENING: Final = re.compile(rb">?\s*+[bu]?(?P<quote>" + _QUOTE + rb")")
_CONTAINER: Final = re.compile(rb">?\s*+[\[{(]\s*+(?:[\[{(]|[bu]?(?:" + _QUOTE + rb"))")
_IN_CONTAINER: Final = re.compile(rb"[\[{(]|[\]})]|(?P<quote>" + _QUOTE + rb")")
_BEFORE_VALUE: Final = re.compile(rb">?[ \t]*+")
_CLOSING: Final = re.compile(rb"(?<!\\)(?P<escapes>\\*+)(?P<sign>[\"'`])|\n")
_NAME_NEXT: Final = re.compile(rb"\s*+[:=]")

_OTHERS: Final = rb"|'(?=\w)|\\(?![\"'`nrtu/\\])"
#: Up to what separates it from what follows in a URL, in a form, or in a list of parameters.
_IN_FORM: Final = re.compile(
    rb"(?:[^&#\s\"'<>\\,;`]" + _OTHERS + rb"|[,;](?=\S)(?![\w.%-]{1,80}+=))*+"
)
_WORD: Final = re.compile(
    rb"(?:[^\s\"'<>\\,;`]" + _OTHERS + rb"|[,;](?=\S)(?![\w.%-]{1,80}+[:=]))*+"
)
_LINE: Final = re.compile(rb"[^\r\n]*+")
_QUOTED_LINE: Final = re.compile(rb"[^\r\n\"'<>\\]*+")
_SCHEME: Final = re.compile(
    rb"(?:bearer|basic|token|digest|negotiate|ntlm|api-?key|aws4-hmac-sha256|hmac|oauth|jwt) +\S",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(rb"[\w.-]{1,80}+=")
_TRAILING: Final = b".,;:!?)]}"

_TAG: Final = re.compile(rb"[\w.:-]{1,80}+")
_ELEMENT: Final = re.compile(rb"\s*+(?:<!\[CDATA\[)?+(?P<value>[^<\]]*+)(?:\]\]>)?+</")
#: The user and the password of a URL, up to what ends it in a text.
_USER: Final = re.compile(
    rb"//(?P<user>[^\s\"'<>\\/@:?#\[]*+):(?P<rest>(?:[^\s\"'<>\\:`]|:(?!//))*+)"
)
_HOST: Final = re.compile(rb"[^/?#]*+")
_PORT: Final = re.compile(rb"[0-9]*+\Z")

_ESCAPED: Final = re.compile(rb"%(?:25)*([0-9A-Fa-f]{2})|\\++u00([0-9a-fA-F]{2})")

#: The head of a part of multipart/form-data (RFC 7578), and what its value is between.
_PART: Final = re.compile(
    rb"""content-disposition:[^\r\n]{0,200}?\bname="?(?P<name>[^"\r\n;]{1,80})[^\r\n]*+""",
    re.IGNORECASE,
)
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_BOUNDARY: Final = re.compile(rb"\r?\n--")


def unescaped_name(text: bytes) -> bytes:
    """Return a text with what is percent-encoded, or escaped as in JSON, as it is without."""
    if b"%" not in text and b"\\u" not in text:
        return text
    return _ESCAPED.sub(lambda found: bytes([int(found[1] or found[2], 16)]), text)


def replace_in_text(body: bytes, mark: Mark) -> bytes:
    """Return a text with the values replaced that have secret names."""
    replaced = _Text(_without_parts(body, mark), mark).replaced()
    return body if replaced == body else replaced


class _Name(NamedTuple):
    text: str
    in_url: bool
    quoted: bool
    spaced: bool
    begins_line: bool


class _Text:
    """A text that is gone through once."""

    def __init__(self, body: bytes, mark: Mark) -> None:
        self._body = body
        self._mark = mark
        self._pieces: list[bytes] = []
        self._done = 0
        #: Up to where no quote of a kind is closed, and whether a list is not.
        self._open: dict[bytes, int] = {}
        self._is_open = False

    def replaced(self) -> bytes:
        """Return it without those values."""
        body = self._body
        found = _SIGN.search(body)
        while found:
            at = found.end()
            sign = found[0]
            if sign == b">":
                self._element(found.start())
            elif sign == b":" and body.startswith(b"//", at):
                self._user(at)
            else:
                name = self._name_before(found.start())
                if name and is_secret(name.text, in_url=name.in_url and sign != b":"):
                    self._value(name, sign, at)
            found = _SIGN.search(body, max(at, self._done))
        return b"".join([*self._pieces, body[self._done :]])

    def _name_before(self, end: int) -> _Name | None:
        start = max(self._done, end - _FURTHEST)
        before = self._body[start:end]
        stripped = before.rstrip()
        quote = _QUOTE_BEFORE.search(stripped)
        plain = unescaped_name(stripped[: quote.start()] if quote else stripped)
        found = _NAME.search(plain)
        if not found:
            return None
        sign = plain[: found.start()][-1:]
        return _Name(
            found[0].decode("utf-8", "surrogateescape"),
            sign in _MARKS_OF_URLS,
            quote is not None,
            len(stripped) < len(before),
            sign == b"\n" or (not sign and not start),
        )

    def _value(self, name: _Name, sign: bytes, at: int) -> None:
        """Replace the value that begins somewhere behind a sign, if it is a secret."""
        is_encoded = sign not in (b"=", b":")
        if self._quoted(at, percent=is_encoded) or (not is_encoded and self._container(at)):
            return
        if sign[-1:] in b"Aa":  # only quotes tell that from a URL
            return
        start = _end(_BEFORE_VALUE, self._body, at)
        if sign == b":":
            self._behind_colon(name, start)
            return
        depth = sign.count(b"25") + 1 if sign != b"=" else 0
        if depth:
            start = at
        end = _end(_in_form(depth), self._body, start)
        value = self._shortened(start, end)
        text = value.decode("utf-8", "surrogateescape")
        for _ in range(depth + 1):
            text = unquote(text, errors="surrogateescape")
        stays = is_plain(text) if name.spaced else is_plural(name.text) and is_plain(text)
        if not stays:
            self._replace(start, start + len(value), text)

    def _behind_colon(self, name: _Name, start: int) -> None:
        body = self._body
        is_list = name.text.lower().endswith(("authorization", "cookie"))
        if is_list and name.begins_line and not name.quoted:
            end = _end(_LINE, body, start)
        elif _SCHEME.match(body, start) or (is_list and _PAIR.match(body, start)):
            end = _end(_QUOTED_LINE, body, start)
        else:
            end = _end(_WORD, body, start)
        value = self._shortened(start, end)
        text = value.decode("utf-8", "surrogateescape")
        if not is_plain(text):
            self._replace(start, start + len(value), text, b'"' if name.quoted else b"")

    def _shortened(self, start: int, end: int) -> bytes:
        """Return a value without what belongs to the sentence around it."""
        value = self._body[start:end].rstrip()
        found = MARK.match(value)
        if found and not value[found.end() :].strip(_TRAILING):
            return found[0]
        return value.rstrip(_TRAILING)

    def _quoted(self, at: int, *, percent: bool) -> bool:
        """Replace a value within quotes; return whether it is one.

        Args:
            at: where it may begin.
            percent: whether only percent-encoded quotes count.
        """
        opening = _OPENING.match(self._body, at)
        if not opening or (percent and not opening["quote"].startswith(b"%")):
            return False
        start = opening.end()
        if opening["quote"].startswith(b"%"):
            closing = self._closing(opening["quote"], start)
            within = _IN_FORM.match(self._body, start, closing) if closing else None
            if not closing or not within or within.end() < closing:
                return False
            end = closing
            value = unescaped_name(self._body[start:end]).decode("utf-8", "surrogateescape")
        else:
            closed = self._closing(opening["quote"], start)
            end = _end(_WORD, self._body, start) if closed is None else closed
            value = _unescaped(self._body[start:end])
        self._replace(start, end, value)
        return True

    def _container(self, at: int) -> bool:
        """Replace the texts in a list that Python or the like wrote; return whether it is one."""
        opening = _CONTAINER.match(self._body, at)
        if not opening or self._is_open:
            return False
        found: list[tuple[int, int]] = []
        place, depth, is_hidden = at, 0, False
        while token := _IN_CONTAINER.search(self._body, place):
            place = token.end()
            if not token["quote"]:
                depth += 1 if token[0] in b"[{(" else -1
                if depth == 0:
                    break
            elif (end := self._closing(token["quote"], place)) is not None:
                text = _unescaped(self._body[place:end])
                if _NAME_NEXT.match(self._body, end + len(token["quote"])):
                    is_hidden = is_secret(text)
                elif is_hidden or not is_plain(text):
                    found.append((place, end))
                place = end + len(token["quote"])
        if depth:
            self._is_open = True
            return False
        for start, end in found:
            self._replace(start, end, _unescaped(self._body[start:end]))
        self._pieces.append(self._body[self._done : place])
        self._done = place
        return True

    def _closing(self, quote: bytes, start: int) -> int | None:
        """Return where a quote is closed, on the same line; None if it is not."""
        if self._open.get(quote, -1) >= start:
            return None
        if quote[:1] in b"&%":
            line = self._line_end(start)
            end = self._body.find(quote, start, line)
        else:
            end, line = self._closing_sign(quote, start)
        if end < 0:
            self._open[quote] = line
            return None
        return end

    def _closing_sign(self, quote: bytes, start: int) -> tuple[int, int]:
        """Return where a quote with its backslashes is closed, or -1; and where the line ends.

        Within JSON in JSON ... a quote has one, three, seven ... backslashes, and one that belongs
        to the value has twice as many and one more; a backslash of the value has twice as many.
        """
        escapes = len(quote) - 1
        for found in _CLOSING.finditer(self._body, start):
            if found[0] == b"\n":
                return -1, found.start()
            before = len(found["escapes"])
            if found["sign"] == quote[-1:] and (
                before < escapes or before % (2 * escapes + 2) == escapes
            ):
                return found.end() - 1 - min(escapes, before), found.end()
        return -1, len(self._body)

    def _line_end(self, start: int) -> int:
        end = self._body.find(b"\n", start)
        return len(self._body) if end < 0 else end

    def _element(self, at: int) -> None:
        """Replace what an element of XML holds."""
        body = self._body
        start = body.rfind(b"<", max(self._done, at - _FURTHEST), at)
        if start < 0 or body.find(b">", start, at) >= 0 or body[at - 1 : at] == b"/":
            return
        tag = _TAG.match(body, start + 1, at)
        if not tag or not is_secret(tag[0].decode().rpartition(":")[2]):
            return
        value = _ELEMENT.match(body, at + 1)
        if value and body.startswith(tag[0], value.end()):
            self._replace(*value.span("value"), value["value"].decode("utf-8", "surrogateescape"))

    def _user(self, at: int) -> None:
        """Replace the password in a URL, also one with signs that were to be encoded."""
        found = _USER.match(self._body, at)
        if not found:
            return
        host = found["rest"][: _end(_HOST, found["rest"], 0)]
        if b"@" in host:
            password = host[: host.rindex(b"@")]
        elif b"@" in found["rest"] and not _PORT.match(host):
            password = found["rest"][: found["rest"].rindex(b"@")]
        else:
            return
        start = found.start("rest")
        text = unquote(password.decode("utf-8", "surrogateescape"), errors="surrogateescape")
        self._replace(start, start + len(password), text)

    def _replace(self, start: int, end: int, text: str, quote: bytes = b"") -> None:
        value = self._body[start:end]
        if value and not MARK.fullmatch(value):
            new = quote + self._mark(text).encode() + quote
            self._pieces += [self._body[self._done : start], new]
            self._done = end


@cache
def _in_form(depth: int) -> re.Pattern[bytes]:
    """Return a pattern for a value behind ``%3D``: it ends where what it stands in goes on."""
    if not depth:
        return _IN_FORM
    end = rb"%%(?:25){0,%d}2[0236]" % (depth - 1)
    return re.compile(rb"(?:(?!" + end + rb")[^&#\s\"'<>\\,;`])*+")


def _end(pattern: re.Pattern[bytes], text: bytes, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _unescaped(value: bytes) -> str:
    text = value.decode("utf-8", "surrogateescape")
    if "\\" in text:
        with suppress(ValueError):
            read = json.loads(f'"{text}"')
            return str(read).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    return text


def _without_parts(body: bytes, mark: Mark) -> bytes:
    """Return multipart/form-data with the parts replaced that have secret names.

    A part that was cut off is replaced too. Each byte is looked at once.
    """
    pieces: list[bytes] = []
    done = 0
    for head in _PART.finditer(body):
        if head.start() < done or not is_secret(head["name"].decode("utf-8", "surrogateescape")):
            continue
        blank = _BLANK_LINE.search(body, head.end())
        if not blank:
            break
        boundary = _BOUNDARY.search(body, blank.end())
        end = boundary.start() if boundary else len(body)
        value = body[blank.end() : end]
        if value and not MARK.fullmatch(value):
            new = mark(value.decode("utf-8", "surrogateescape")).encode()
            pieces += [body[done : blank.end()], new]
            done = end
    return b"".join([*pieces, body[done:]]) if pieces else body
