"""Makes a recording of a HAR file, an entry at a time.

mitmproxy reads HAR files too (``mitmproxy.io.har``), but the whole file at once, and nothing of a
file with an entry that it does not understand; it keeps no failures, no connections and no time
between the first byte of an answer and the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from iai_proxy.api import Exchange, parse_json
from iai_proxy.errors import InputError
from iai_proxy.formats.foreign_calls import Found, Hosts, ImportedCalls, Place, Taken, write_calls
from iai_proxy.formats.har_exchanges import ended_ns, exchange_of, is_ours
from iai_proxy.formats.har_file import LONGEST_ENTRY, Entries, find_entries
from iai_proxy.input_files import refuse_special
from iai_proxy.logs.json_scan import Span
from iai_proxy.text import plural

_CHUNK_BYTES: Final = 1 << 20
_SAVE_AGAIN: Final = "save it again where it was recorded"


def import_har(path: Path, out: Path, hosts: Hosts) -> ImportedCalls:
    """Turn a HAR file into a recording.

    Args:
        path: written by a browser, by a proxy or by us; of a damaged file what is whole is taken.
        out: the recording, which must not exist.
        hosts: whose calls are wanted.

    Raises:
        InputError: nothing of the file can be read.
        UsageError: the recording exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    try:
        refuse_special(path)
        with path.open("rb") as stream:
            return _imported(stream, path, out, hosts)
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        raise InputError(f"can't read {path} ({error.strerror}): give a HAR file") from error


def _imported(stream: BinaryIO, path: Path, out: Path, hosts: Hosts) -> ImportedCalls:
    entries = find_entries(iter(partial(stream.read, _CHUNK_BYTES), b""))
    if not entries.are_there:
        why = entries.broken or "it has no list log.entries"
        raise InputError(f"{path} is no HAR file ({why}): {_SAVE_AGAIN}")
    result = write_calls(_found(stream, entries, path, hosts), out)
    if entries.broken:
        first = plural(len(entries.spans), "entry", "entries")
        result.tell(f"of {path} only {first} can be read ({entries.broken}): {_SAVE_AGAIN}")
    return result


def _found(stream: BinaryIO, entries: Entries, path: Path, hosts: Hosts) -> Iterator[Found]:
    for place in _in_order(stream, entries.spans):
        yield _read(stream, entries.spans[place], place + 1, path, hosts)


def _in_order(stream: BinaryIO, spans: Sequence[Span]) -> list[int]:
    """Return the places of entries in the order in which their answers had come.

    Ours are in the order of their recording, which clocks that were set do not change.
    """
    known = [_known(stream, span) for span in spans]
    places = range(len(spans))
    if all(are_ours for _, are_ours in known):
        return list(places)
    return sorted(places, key=lambda place: known[place][0])


def _known(stream: BinaryIO, span: Span) -> tuple[int, bool]:
    """Return when an entry's answer had come, and whether the entry is ours."""
    try:
        entry = _entry(stream, span)
    except ValueError:  # said when it is read for its call
        return 0, True
    return ended_ns(entry), is_ours(entry)


def _read(stream: BinaryIO, span: Span, number: int, path: Path, hosts: Hosts) -> Found:
    place = Place(f"entry {number} of {path}, at byte {span.start},", _SAVE_AGAIN)
    try:
        found = exchange_of(_entry(stream, span), hosts, path.name)
    except UnicodeError:  # whose text quotes what can't be encoded
        return place.fault("it holds half a character")
    except ValueError as error:
        return place.fault(str(error))
    return Taken(found, place) if isinstance(found, Exchange) else found


def _entry(stream: BinaryIO, span: Span) -> Any:
    stream.seek(span.start)
    return parse_json(stream.read(span.end - span.start), longest=LONGEST_ENTRY)
