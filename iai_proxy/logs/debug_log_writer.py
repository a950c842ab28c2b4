"""The SDK's debug log as text out: the file that ``IAI_LOGGER_PATH`` gives, with every pair right.

One JSON object. For each model called there are four lists: ``<model>_requests``,
``<model>_request_timestamps``, ``<model>_responses`` and ``<model>_response_timestamps``; requests
and responses are JSON *strings*. A reader pairs them by position, so here position is what they are
written by: the calls in the order of their requests, and calls without an answer behind all others
of their model (the SDK puts responses in the order they came, and leaves a gap out). The times stay
those of the calls. :mod:`iai_proxy.logs.reader` reads it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO, cast

from iai_proxy.logs.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call as the program made it. Bodies are fetched when they are written, one at a time.

    Attributes:
        model: what was called, such as ``large_drive``, or a name that the SDK does not know.
        request: gives JSON; ``response`` likewise, None if there was no answer.
        request_ns: since 1970, UTC; ``response_ns`` likewise.
    """

    model: str
    request: Callable[[], str]
    response: Callable[[], str] | None
    request_ns: int
    response_ns: int | None = None

    def __post_init__(self) -> None:
        """Refuse half an answer."""
        if (self.response is None) != (self.response_ns is None):
            raise ValueError(f"a {self.model} call has a response or its time, but not both")


def write_debug_log(calls: Sequence[LoggedCall], stream: BinaryIO | TextIO) -> None:
    """Write the calls as one debug log.

    Keys stand in the order in which the SDK would have made them (at the first request and at the
    first response of each model); a list without items is left out. The text is ASCII.

    Args:
        calls: in any order; each body is fetched once.
        stream: takes text or bytes; it is not closed.
    """
    write = _ascii_writer(stream)
    lists = _lists(calls)
    write("{")
    for number, (key, items) in enumerate(lists):
        write(f"{', ' if number else ''}{json.dumps(key)}: [")
        for index, item in enumerate(items):
            write(f"{', ' if index else ''}{json.dumps(item)}")
        write("]")
    write("}")


def _ascii_writer(stream: BinaryIO | TextIO) -> Callable[[str], object]:
    if hasattr(stream, "encoding"):  # the wrappers of ``tempfile`` are no TextIOBase, but have this
        return cast(TextIO, stream).write
    binary = stream
    return lambda text: binary.write(text.encode("ascii"))


def _lists(calls: Sequence[LoggedCall]) -> list[tuple[str, Iterable[str]]]:
    """Return each list of the log by its key, in order of appearance; items are made lazily."""
    by_model: dict[str, list[LoggedCall]] = {}
    for call in sorted(calls, key=lambda item: (item.response_ns is None, item.request_ns)):
        by_model.setdefault(call.model, []).append(call)
    found: list[tuple[int, int, str, Iterable[str], Iterable[str]]] = []
    for model, made in by_model.items():
        first_ns = min(call.request_ns for call in made)
        found.append(
            (
                first_ns,
                0,
                f"{model}_request",
                _requests(made),
                _times(call.request_ns for call in made),
            )
        )
        answered = [call.response_ns for call in made if call.response_ns is not None]
        if answered:
            found.append(
                (min(answered), 1, f"{model}_response", _responses(made), _times(answered))
            )
    found.sort(key=lambda item: item[:2])
    return [
        pair
        for _, _, name, bodies, times in found
        for pair in ((f"{name}s", bodies), (f"{name}_timestamps", times))
    ]


def _requests(calls: Sequence[LoggedCall]) -> Iterable[str]:
    return (call.request() for call in calls)


def _responses(calls: Sequence[LoggedCall]) -> Iterable[str]:
    return (call.response() for call in calls if call.response is not None)


def _times(moments: Iterable[int]) -> Iterable[str]:
    return (format_timestamp(ns) for ns in moments)
