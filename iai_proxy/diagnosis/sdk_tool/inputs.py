"""What the SDK's tool prints about a debug log, and would print about a recording."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from iai_proxy.diagnosis.sdk_tool import USED_LISTS, sdk_report
from iai_proxy.errors import InputError
from iai_proxy.lineage import Lineage, Simulation
from iai_proxy.logs.export_debug_log import logged_calls
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import LogFile, opened
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording


def sdk_report_of(path: Path, egos: Collection[int] = ()) -> Iterator[str]:
    """Yield what the tool prints about a debug log, or about the log that a recording makes.

    Raises:
        InputError: it can't be read, is cut off, or lacks what the tool compares.
    """
    if not is_recording(path):
        yield from log_sdk_report(path, egos)
        return
    with Recording(path) as recording:
        yield from recording_sdk_report(recording, recording.lineage(), egos)


def log_sdk_report(path: Path, egos: Collection[int] = ()) -> Iterator[str]:
    """Yield what the tool prints about a debug log of either SDK. Two steps are held in memory.

    Args:
        path: the log; it is read once from front to back, and then body by body.
        egos: indices of the agents that the client drives itself.

    Raises:
        InputError: the log can't be read, is cut off, or lacks what the tool compares.
    """
    with opened(path) as file:
        lists = file.lists()
        if lists.broken is not None:
            raise InputError(lists.broken)
        log = {
            name: [
                partial(_logged_body, file, span, f"item {number} of {name}")
                for number, span in enumerate(lists.items[name], start=1)
            ]
            for name in USED_LISTS & lists.items.keys()
        }
        yield from sdk_report(log, egos)


def recording_sdk_report(
    recording: Recording,
    lineage: Lineage,
    egos: Collection[int] = (),
    *,
    simulation: Simulation | None = None,
) -> Iterator[str]:
    """Yield what the tool prints about the debug log that a recording is exported to.

    Args:
        recording: read one body at a time; it stays open until the last line.
        lineage: of the recording.
        egos: indices of the agents that the client drives itself.
        simulation: only this one; None for all, which the tool takes for one.

    Raises:
        InputError: the recording is damaged, or lacks what the tool compares.
    """
    calls = logged_calls(recording, lineage, simulation, with_errors=False)
    bodies: defaultdict[str, list[Callable[[], bytes]]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: (call.response_ns is None, call.request_ns)):
        bodies[f"{call.model}_requests"].append(partial(_encoded, call.request))
        if call.response is not None:
            bodies[f"{call.model}_responses"].append(partial(_encoded, call.response))
    return sdk_report(bodies, egos)


def _encoded(text: Callable[[], str]) -> bytes:
    return text().encode()


def _logged_body(file: LogFile, span: Span, name: str) -> bytes:
    try:
        return file.text(span)
    except ValueError as error:
        raise InputError(f"{name} is no JSON string") from error
