"""Bodies, disguised and written as they were: recurrent states keep every digit."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.recurrent_text import split
from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.fields import scrubbed_object
from iai_proxy.scrubbing.numbers import whole

#: Recurrent states that are numbers, and nothing else; null and NaN are among them.
_NUMBERS: Final = re.compile(rb"[-+.\deE\[\], \t\r\nnulNaIfity]*")
#: Stands for recurrent states while the rest is written.
_PLACEHOLDER: Final = 8_160_427_395_114
_PLACEHOLDER_TEXT: Final = str(_PLACEHOLDER).encode()
_SPACED: Final = b'": '


def scrubbed_body(disguise: Disguise, body: bytes) -> bytes:
    """Return a request's body, or that of an answer that succeeded.

    Empty where it is no JSON, or a text, a number or a list, of which nothing is known.
    """
    if not body or (disguise.keep_unknown and _parsed(body) is None):
        return disguise.marked(body)
    return _around_recurrent(disguise, body) or _whole(disguise, body)


def scrubbed_failure(disguise: Disguise, body: bytes) -> bytes:
    """Return the body of an answer that says why a call failed."""
    value = _parsed(body) if body else None
    if isinstance(value, dict) and value.keys() == {"detail"}:
        return _whole(disguise, body)
    text = body.decode("utf-8", "replace")
    return disguise.marked(disguise.error(text).encode()) if body else body


def _around_recurrent(disguise: Disguise, body: bytes) -> bytes | None:
    """Disguise all but the recurrent states; None where these are unusual, or to be removed."""
    cut = split(body)
    if cut is None or not _NUMBERS.fullmatch(cut.value) or disguise.removes(RECURRENT):
        return None
    rest = _parsed(cut.head + _PLACEHOLDER_TEXT + cut.tail)
    if not isinstance(rest, dict):
        return None
    names = list(rest)
    rest.pop(RECURRENT)
    made = {**scrubbed_object(disguise, rest), RECURRENT: _PLACEHOLDER}
    text = _written(disguise, {name: made[name] for name in names if name in made}, body)
    if text.count(_PLACEHOLDER_TEXT) != 1:
        return None
    return text.replace(_PLACEHOLDER_TEXT, cut.value)


def _whole(disguise: Disguise, body: bytes) -> bytes:
    value = _parsed(body)
    if isinstance(value, dict):
        return _written(disguise, scrubbed_object(disguise, value), body)
    if isinstance(value, bool):
        return body
    disguise.not_understood("bodies", value)
    return disguise.marked(body) if disguise.keep_unknown else b""


def _written(disguise: Disguise, value: dict[str, Any], like: bytes) -> bytes:
    """Write an object with spaces, or without, as another text has them."""
    separators = (", ", ": ") if _SPACED in like else (",", ":")
    return disguise.marked(json.dumps(value, separators=separators).encode())


def _parsed(text: bytes) -> Any:
    """Return a JSON value; None for what is none, or too deep or long to be read."""
    try:
        return json.loads(text, parse_int=whole)
    except (ValueError, RecursionError):
        return None
