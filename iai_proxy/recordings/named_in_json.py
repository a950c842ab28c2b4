"""Replaces what has a secret name in JSON: only the bytes of those values change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.api.marks import MARK
from iai_proxy.recordings.secret_names import is_plain, is_secret

#: A text, which is a name if a colon follows, or where a list or an object begins or ends.
_TOKEN: Final = re.compile(
    rb'(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+")(?P<colon>\s*+:)?|[{}\[\]]', re.DOTALL
)
_LONG_NUMBER: Final = re.compile(rb"\s*+(?P<number>[0-9]{8,}+)(?![.eE])")
#: ``{"name": "x-api-key", "value": ...}``, and ``{"loc": ["header", "x-api-key"], "input": ...}``
#: of FastAPI.
_NAMING: Final = frozenset({"name", "key", "header", "field", "parameter", "loc"})
_NAMED: Final = frozenset({"value", "input"})

Change = tuple[int, int, bytes]


@dataclass(slots=True)
class _Text:
    value: str
    start: int
    end: int


@dataclass(slots=True)
class _Level:
    """A list or an object that is being read.

    Attributes:
        start: where it begins.
        is_hidden: whether it stands under a secret name.
        name: the last name in an object.
        is_named: whether one of its values is a secret name.
        beside: the values that such a name is for.
        texts: the first of a list.
        last: the last of a list.
    """

    start: int
    is_hidden: bool
    name: str | None = None
    is_named: bool = False
    beside: list[_Text] = field(default_factory=list)
    texts: list[_Text] = field(default_factory=list)
    last: str = ""

    @property
    def has_secret_name(self) -> bool:
        return self.name is not None and is_secret(self.name)


def replace_in_json(
    body: bytes, mark: Callable[[str], str], within: Callable[[bytes], bytes]
) -> bytes:
    """Return JSON with the values replaced that have secret names.

    Args:
        body: JSON, which was checked.
        mark: gives what replaces a value.
        within: replaces what has a secret name in a text.
    """
    # Of a text that is changed twice the later holds: a name beside it was read after it.
    changes = {start: (end, new) for start, end, new in _changes(body, mark, within)}
    pieces: list[bytes] = []
    done = 0
    for start, (end, new) in sorted(changes.items()):
        pieces += [body[done:start], new]
        done = end
    return b"".join([*pieces, body[done:]]) if changes else body


def _changes(
    body: bytes, mark: Callable[[str], str], within: Callable[[bytes], bytes]
) -> Iterator[Change]:
    def marked(text: _Text) -> Iterator[Change]:
        raw = _bytes(text.value)
        if raw and not MARK.fullmatch(raw):
            yield text.start, text.end, _written(mark(raw.decode("utf-8", "surrogateescape")))

    levels = [_Level(0, is_hidden=False)]
    for token in _TOKEN.finditer(body):
        level = levels[-1]
        if token["text"]:
            text = _Text(_read(token["text"]), *token.span("text"))
            if token["colon"]:
                level.name = text.value
                number = _LONG_NUMBER.match(body, token.end())
                if number and is_secret(text.value):
                    yield from marked(_Text(number["number"].decode(), *number.span("number")))
            elif level.has_secret_name or (level.is_hidden and not is_plain(text.value)):
                yield from marked(text)
            else:
                _note(level, text)
                yield from _within(text, within)
        elif token[0] in b"{[":
            levels.append(_Level(token.start(), level.is_hidden or level.has_secret_name))
        elif len(levels) > 1:
            ended = levels.pop()
            above = levels[-1]
            if above.name in _NAMING and is_secret(ended.last):
                above.is_named = True
            for text in _named_beside(body, ended, token.start()):
                if not is_plain(text.value):
                    yield from marked(text)


def _note(level: _Level, text: _Text) -> None:
    """Take note of a text that may be a secret's name, or have one beside it."""
    if level.name is None:
        level.last = text.value
        if len(level.texts) < 3:
            level.texts.append(text)
    elif level.name in _NAMED:
        level.beside.append(text)
    elif level.name in _NAMING and is_secret(text.value):
        level.is_named = True


def _named_beside(body: bytes, level: _Level, end: int) -> list[_Text]:
    """Return the texts of a list or an object that another of its texts names."""
    if level.name is not None:
        return level.beside if level.is_named else []
    if len(level.texts) != 2 or not is_secret(level.texts[0].value):
        return []
    first, second = level.texts
    between = body[level.start + 1 : first.start], body[second.end : end]
    is_pair = not any(map(bytes.strip, between)) and body[first.end : second.start].strip() == b","
    return [second] if is_pair else []


def _within(text: _Text, within: Callable[[bytes], bytes]) -> Iterator[Change]:
    raw = _bytes(text.value)
    replaced = within(raw)
    if replaced is not raw:
        yield text.start, text.end, _written(replaced.decode("utf-8", "surrogatepass"))


def _read(written: bytes) -> str:
    if b"\\" in written:
        value: str = json.loads(written.decode("utf-8", "surrogatepass"), strict=False)
        return value
    return written[1:-1].decode("utf-8", "surrogatepass")


def _written(text: str) -> bytes:
    return json.dumps(text).encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
