"""What the SDK's ``invertedai.DiagnosticTool`` prints about a debug log, and would print about a recording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from iai_proxy.api import parse_json
from iai_proxy.diagnosis.sdk_tool import USED_LISTS, sdk_report
from iai_proxy.errors import InputError
from iai_proxy.lineage import Lineage, Simulation
from iai_proxy.logs import Span, find_spans
from iai_proxy.logs.export_debug_log import logged_calls
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording

_CHUNK_BYTES: Final = 1 << 20


def sdk_report_of(path: Path, egos: Collection[int] = ()) -> Iterator[str]:
    """Yield what the tool prints about a file: a debug log, or a recording by way of the log that it makes.

    Raises:
        InputError: it can't be read, is cut off, or lacks what the tool compares.
    """
    if not is_recording(path):
        yield from log_sdk_report(path, egos)
        return
    with Recording(path) as recording:
        yield from recording_sdk_report(recording, recording.lineage(), egos)


def log_sdk_report(path: Path, egos: Collection[int] = ()) -> Iterator[str]:
    """Yield what the tool prints about a debug log of either SDK. Two steps of the log are held in memory.

    Args:
        path: the log; it is read once from front to back, and then body by body.
        egos: indices of agents that are moved from outside.

    Raises:
        InputError: the log can't be read, is cut off, or lacks what the tool compares.
    """
    try:
        with path.open("rb") as stream:
            spans = find_spans(iter(partial(stream.read, _CHUNK_BYTES), b""), USED_LISTS)
            log = {
                name: [
                    partial(_logged_body, stream, span, f"item {number} of {name}")
                    for number, span in enumerate(items, 1)
                ]
                for name, items in spans.items()
            }
            yield from sdk_report(log, egos)
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give the debug log of an SDK"
        ) from error


def recording_sdk_report(
    recording: Recording,
    lineage: Lineage,
    egos: Collection[int] = (),
    *,
    simulation: Simulation | None = None,
) -> Iterator[str]:
    """Yield what the tool prints about the debug log that ``export_debug_log`` makes of a recording.

    Args:
        recording: read one body at a time; it stays open until the last line.
        lineage: of the recording.
        egos: indices of agents that are moved from outside.
        simulation: only this one; None for all, which the tool takes for one.

    Raises:
        InputError: the recording is damaged, or lacks what the tool compares.
    """
    calls = logged_calls(recording, lineage, simulation, with_errors=False)
    bodies: defaultdict[str, list[Callable[[], str]]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.response_ns is None, call.request_ns)):
        bodies[f"{call.model}_requests"].append(call.request)
        if call.response is not None:
            bodies[f"{call.model}_responses"].append(call.response)
    return sdk_report(bodies, egos)


def _logged_body(stream: BinaryIO, span: Span, place: str) -> str:
    """Return a body, which is a string that holds JSON; one that was not put into a string is taken as it is."""
    stream.seek(span.start)
    data = stream.read(span.end - span.start)
    if not data.startswith(b'"'):
        return data.decode("utf-8", "replace")
    try:
        return str(parse_json(data))
    except ValueError as error:
        raise InputError(f"{place} is no JSON string") from error
