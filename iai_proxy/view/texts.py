"""What browsers are told, as JSON: texts from outside in it can be read, and can be written."""

from __future__ import annotations

from typing import Any

import orjson

from iai_proxy.text import visible


def json_of(value: Any) -> bytes:
    """Return a value as JSON. What can't be seen in its texts is escaped, as on a terminal.

    Names of files that are not UTF-8, and halves of surrogate pairs, could not be written at all.
    """
    return orjson.dumps(_shown(value))


def _shown(value: Any) -> Any:
    match value:
        case str():
            return visible(value)
        case list() | tuple():
            return [_shown(item) for item in value]
        case dict():
            return {_shown(name): _shown(item) for name, item in value.items()}
    return value
