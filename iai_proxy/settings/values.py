"""The types of settings that pydantic does not know, and how they are read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from iai_proxy.api.faults import FaultRule
from iai_proxy.api.hosts import Upstream as UpstreamAddress
from iai_proxy.errors import UsageError
from iai_proxy.settings.listen import Address as ListenAddress
from iai_proxy.sources.place import Place as PrefixPlace
from iai_proxy.sources.place import prefix_of

NONE: Final[Literal["none"]] = "none"
#: Means standard output if it is given as a path.
STDOUT: Final = Path("-")
_YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off", ""})
_INDICES: Final = re.compile(r"\s*[0-9]{1,9}(\s*,\s*[0-9]{1,9})*\s*")


class WrongPartError(ValueError):
    """One of several values can't be used.

    Attributes:
        part: that value, as it was given.
    """

    def __init__(self, part: Any, advice: str) -> None:
        super().__init__(advice)
        self.part = part


def _read_by(parse: Callable[[str], Any], kind: type) -> PlainValidator:
    """Return what reads a value of `kind`, or a text with `parse`, whose errors it passes on."""

    def read(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        try:
            return parse(value if isinstance(value, str) else str(value))
        except UsageError as error:
            raise ValueError(str(error)) from None

    return PlainValidator(read)


def _several(value: Any) -> Any:
    """Take a single value for a list, and a number for its text, as flags do."""
    values = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return tuple(
        str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for value in values
    )


def _labels(value: Any) -> Any:
    """Read ``key=value``, a list of such texts, or a table; the last of those with one key counts.

    Each stays a text: settings are hashed and compared.
    """
    from iai_proxy.recordings.labels import parse_label

    if isinstance(value, dict):
        value = tuple(f"{key}={text}" for key, text in value.items())
    labels = {}
    for text in _several(value):
        try:
            key, told = parse_label(text if isinstance(text, str) else repr(text))
        except UsageError as error:
            raise WrongPartError(text, str(error)) from None
        labels[key] = told
    return tuple(f"{key}={told}" for key, told in labels.items())


def _joined(value: Any) -> Any:
    """Take a list for its values with commas between them."""
    texts = _several(value)
    return ",".join(texts) if texts and all(isinstance(text, str) for text in texts) else value


def _indices(value: Any) -> Any:
    """Read agents' indices: ``0,3``, a list of such texts or of numbers, or ``none``."""
    if value is None:
        return None
    texts = _several(value)
    if not texts or set(texts) == {NONE}:
        return ()
    for text in texts:
        if not (isinstance(text, str) and _INDICES.fullmatch(text)):
            raise WrongPartError(text, "give the indices of agents, such as 0,3, or 'none' alone")
    return tuple(int(index) for text in texts for index in text.split(","))


def _factor(value: Any) -> float | None:
    """Read ``none``, ``recorded`` or a factor."""
    if value is None or value == NONE:
        return None
    if value == "recorded":
        return 1.0
    try:
        factor = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        factor = math.nan
    if not 0 <= factor < math.inf:
        raise ValueError("give none, recorded, or a factor such as 0.5")
    return factor


def _password(value: Any) -> Any:
    """Read ``USER:PASSWORD``. Clients don't agree on how anything but ASCII is sent."""
    if isinstance(value, str):
        if not all(value.partition(":")):
            raise ValueError("give USER:PASSWORD")
        if not (value.isascii() and value.isprintable()):
            raise ValueError("give USER:PASSWORD in printable ASCII characters")
    return value


def _listener(text: str) -> ListenAddress | Literal["none"]:
    return NONE if text == NONE else ListenAddress.parse(text)


def _upstream(text: str) -> UpstreamAddress | Literal["sandbox"]:
    return "sandbox" if text == "sandbox" else UpstreamAddress.parse(text)


def _report(value: Any) -> Path | None:
    """Read where a report goes: a path, ``-`` or a yes for standard output, a no for nowhere."""
    if value is None or isinstance(value, Path):
        return value
    text = str(value)
    if text.lower() in _NO:
        return None
    return STDOUT if text.lower() in _YES else Path(text)


Address = Annotated[
    ListenAddress, _read_by(ListenAddress.parse, ListenAddress), PlainSerializer(str)
]
Listener = Annotated[ListenAddress | Literal["none"], _read_by(_listener, ListenAddress)]
Upstream = Annotated[UpstreamAddress | Literal["sandbox"], _read_by(_upstream, UpstreamAddress)]
Prefix = Annotated[
    PrefixPlace, _read_by(prefix_of, PrefixPlace), PlainSerializer(lambda place: place.shown)
]
Fault = Annotated[FaultRule, _read_by(FaultRule.parse, FaultRule), PlainSerializer(str)]
Faults = Annotated[tuple[Fault, ...], BeforeValidator(_several)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]
Labels = Annotated[tuple[str, ...], BeforeValidator(_labels)]
Joined = Annotated[str, BeforeValidator(_joined)]
Indices = Annotated[tuple[int, ...] | None, PlainValidator(_indices)]
Factor = Annotated[float | None, PlainValidator(_factor)]
Password = Annotated[str, BeforeValidator(_password)]
Report = Annotated[Path | None, PlainValidator(_report)]
NumberFrom0 = Annotated[float, Field(ge=0, allow_inf_nan=False)]
WholeNumberFrom0 = Annotated[int, Field(ge=0)]
WholeNumberFrom1 = Annotated[int, Field(ge=1)]
