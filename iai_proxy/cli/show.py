"""``iai-proxy show``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from iai_proxy.cli.many import (
    each_of,
    end,
    named_error,
    result_of,
    sole_elsewhere,
    sole_file,
    unless_seen,
    words_argument,
)
from iai_proxy.cli.options import json_option
from iai_proxy.cli.reading import shown_name
from iai_proxy.cli.workers import workers_options
from iai_proxy.saying import show, show_json, show_json_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iai_proxy.jobs import Workers
    from iai_proxy.sources import Source

_BEING_WRITTEN: Final = "being written"
_LACKS_LOG: Final = "its -wal is missing: the latest calls may be"


@click.command("show")
@words_argument
@json_option
@workers_options
def command(words: tuple[str, ...], as_json: bool, on: Workers) -> None:
    """Summarise a recording: simulations, steps, agents, latencies, failures and retries.

    Of many, of a folder or of a glob, show a table; its steps are all steps, step 0 too. One that
    is being written, or lacks calls, is marked. One that can't be read has a line that says why,
    and gives exit code 3.
    """
    if (source := sole_elsewhere(words, on)) is not None:
        _show_facts(source.name, result_of(facts_at, source, on), as_json=as_json)
    elif (recording := sole_file(words)) is not None:
        _show_facts(shown_name(recording), _facts_of(recording), as_json=as_json)
    else:
        from iai_proxy.sources import named

        _show_table(named(words), on, as_json=as_json)


def _show_facts(name: str, facts: dict[str, Any], *, as_json: bool) -> None:
    """Show all that is known of one recording."""
    from iai_proxy.report import overview_text, simulations_text
    from iai_proxy.report.colours import coloured

    if as_json:
        show_json(facts)
    else:
        lines = [*overview_text(name, facts), *simulations_text(facts["simulations"])]
        for line in coloured(lines) if sys.stdout.isatty() else lines:
            show(line)


def facts_at(source: Source) -> dict[str, Any]:
    """Return what is shown of one recording; a worker runs this."""
    with source.reading() as path:
        return _facts_of(path)


def _facts_of(recording: Path) -> dict[str, Any]:
    from iai_proxy.recordings import Recording
    from iai_proxy.report import overview, simulations

    with Recording(recording) as opened:
        calls = list(opened.calls())
        facts = overview(calls)
        facts["labels"] = opened.labels()
        facts |= _uploaded(recording)
        facts["simulations"] = simulations(opened.lineage(calls))
    return facts


def _uploaded(recording: Path) -> dict[str, Any]:
    """Return as what, and when, a recording was uploaded as it is, or as what before it changed.

    The store is not asked.
    """
    from iai_proxy.sources.upload_notes import uploaded_before, uploaded_of

    found = uploaded_of(recording)
    before = None if found else uploaded_before(recording)
    return {
        "uploaded": found.url if found else None,
        "uploaded_ns": found.uploaded_ns if found else None,
        "uploaded_before": before.url if before else None,
    }


def _show_table(sources: Sequence[Source], on: Workers, *, as_json: bool) -> None:
    from iai_proxy.report.many import recordings_text

    codes: list[int] = []
    rows = _rows(sources, on, codes)
    if as_json:
        show_json_array(rows)
    else:
        for line in recordings_text(rows, [source.name for source in sources]):
            show(line)
    end(codes)


def _rows(sources: Sequence[Source], on: Workers, codes: list[int]) -> Iterator[dict[str, Any]]:
    """Yield a row for each recording, and note its exit code."""
    from iai_proxy.report.many import unread_row

    for source, outcome in each_of(row_of, sources, on, unless_seen("reading")):
        codes.append(outcome.exit_code)
        if outcome.error is not None:
            yield unread_row(source.name, named_error(source, outcome.error))
        elif outcome.result is not None:
            yield outcome.result


def row_of(source: Source) -> dict[str, Any]:
    """Return a recording's row of the table; a worker runs this."""
    from iai_proxy.recordings import Recording
    from iai_proxy.recordings.files import bytes_of
    from iai_proxy.recordings.lock import is_being_written
    from iai_proxy.report.many import recording_row

    with source.reading() as path:
        note = _BEING_WRITTEN if is_being_written(path) else None
        with Recording(path) as opened:
            if opened.missing_log():
                note = _LACKS_LOG
            return recording_row(source.name, opened, bytes_of(path), note)
