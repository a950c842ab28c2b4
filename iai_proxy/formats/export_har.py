"""Writes a recording as a HAR file, an exchange at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from iai_proxy import __version__
from iai_proxy.errors import InputError
from iai_proxy.formats.har_entries import entry_of
from iai_proxy.recordings import Recording
from iai_proxy.recordings.files import atomic_binary_output

_BEGIN: Final = b'{"log": {"version": "1.2", "creator": %b, "pages": [], "entries": ['
_END: Final = b"\n]}}\n"


@dataclass(slots=True)
class WrittenHar:
    """What became of a recording.

    Attributes:
        calls: entries written.
        problems: a sentence for each call that can't be read, and is left out.
    """

    calls: int = 0
    problems: list[str] = field(default_factory=list)


def export_har(recording: Recording, out: Path) -> WrittenHar:
    """Write all calls of a recording. Memory does not grow with their number.

    Raises:
        UsageError: the file can't be written.
        InputError: the recording is damaged, so that not even its calls can be listed.
    """
    written = WrittenHar()
    with atomic_binary_output(out) as stream:
        stream.write(_BEGIN % orjson.dumps({"name": "iai-proxy", "version": __version__}))
        for number in list(recording.numbers()):
            try:
                entry = entry_of(recording.exchange(number))
            except InputError as error:
                written.problems.append(f"call {number} is left out: {error}")
                continue
            stream.write(b",\n" if written.calls else b"\n")
            stream.write(orjson.dumps(entry))
            written.calls += 1
        stream.write(_END)
    return written
