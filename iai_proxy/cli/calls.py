"""``iai-proxy calls``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iai_proxy.cli.many import (
    each_of,
    end,
    result_of,
    say_unread,
    sole_elsewhere,
    sole_file,
    unless_seen,
    words_argument,
)
from iai_proxy.cli.options import json_option
from iai_proxy.cli.workers import workers_options
from iai_proxy.saying import show, show_json, show_json_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iai_proxy.jobs import Workers
    from iai_proxy.lineage import Lineage
    from iai_proxy.sources import Source


@click.command("calls")
@words_argument
@click.option("--sim", type=int, metavar="N", help="Only the calls of simulation N.")
@click.option(
    "--step", type=int, metavar="K", help="Only the calls of step K; 0 is the initialize."
)
@json_option
@workers_options
def command(
    words: tuple[str, ...], sim: int | None, step: int | None, as_json: bool, on: Workers
) -> None:
    """List the calls of a recording, one line each, in order of steps.

    A call belongs to a step of a simulation if it is one of its parts, or a failed attempt at one.
    Of many recordings, of a folder or of a glob, those that have no such step are left out; one
    that can't be read gives exit code 3.
    """
    if (source := sole_elsewhere(words, on)) is not None:
        listing = partial(listed, sim=sim, step=step, as_json=as_json, is_sole=True)
        _list(result_of(listing, source, on), as_json=as_json)
    elif (recording := sole_file(words)) is not None:
        _list(_listed(recording, sim, step, as_json=as_json, is_sole=True), as_json=as_json)
    else:
        from iai_proxy.sources import named

        _list_many(named(words), sim, step, on, as_json=as_json)


def _list(found: list[Any], *, as_json: bool) -> None:
    """Show the calls of one recording."""
    if as_json:
        show_json(found)
    else:
        for line in found:
            show(line)


def _list_many(
    sources: Sequence[Source], sim: int | None, step: int | None, on: Workers, *, as_json: bool
) -> None:
    codes: list[int] = []

    def found() -> Iterator[tuple[Source, list[Any]]]:
        listing = partial(listed, sim=sim, step=step, as_json=as_json)
        for source, outcome in each_of(listing, sources, on, unless_seen("reading")):
            codes.append(outcome.exit_code)
            if outcome.error is not None:
                say_unread(source, outcome.error)
            elif outcome.result:
                yield source, outcome.result

    if as_json:
        show_json_array({"file": source.name} | call for source, calls in found() for call in calls)
    else:
        for number, (source, lines) in enumerate(found()):
            for line in (*([""] if number else []), f"{source.name}:", *lines):
                show(line)
    end(codes)


def listed(
    source: Source, sim: int | None, step: int | None, *, as_json: bool, is_sole: bool = False
) -> list[Any]:
    """Return the calls of a recording, as lines or JSON values; a worker runs this."""
    with source.reading() as path:
        return _listed(path, sim, step, as_json=as_json, is_sole=is_sole)


def _listed(
    recording: Path, sim: int | None, step: int | None, *, as_json: bool, is_sole: bool
) -> list[Any]:
    from iai_proxy.recordings import Recording
    from iai_proxy.report import (
        branch_of_calls,
        calls_text,
        forks_text,
        in_step_order,
        parent_of,
    )

    nowhere = (None, None)
    with Recording(recording) as opened:
        lineage = opened.lineage()
        places = lineage.places()
        if is_sole:
            _refuse_absent(lineage, sim, step)
        large_calls = {call.large: call.id for call in opened.calls() if call.is_large_call}
        calls = [
            call
            for call in in_step_order(list(opened.calls()), places)
            if (sim is None or places.get(call.id, nowhere)[0] == sim)
            and (step is None or places.get(call.id, nowhere)[1] == step)
        ]
    if as_json:
        found = []
        for call in calls:
            simulation, number = places.get(call.id, nowhere)
            found.append(call.as_json(simulation, number, parent_of(call, large_calls)))
        return found
    if not calls and not is_sole:
        return []
    listing = calls_text(calls, places, large_calls, branch_of_calls(lineage))
    return [*listing, *forks_text(lineage)]


def _refuse_absent(lineage: Lineage, sim: int | None, step: int | None) -> None:
    """Say which simulation, or step, there is none of."""
    from iai_proxy.errors import UsageError
    from iai_proxy.text import plural

    count = len(lineage.simulations)
    if sim is not None and not 1 <= sim <= count:
        has = plural(count, "simulation") if count else "none"
        raise UsageError(f"there is no simulation {sim}: the recording has {has}")
    if step is None:
        return
    chosen = lineage.simulations if sim is None else lineage.simulations[sim - 1 : sim]
    last = max((found.index for simulation in chosen for found in simulation.steps), default=None)
    if last is None or not 0 <= step <= last:
        where = "the recording" if sim is None else f"simulation {sim}"
        has = "no simulation" if last is None else f"steps 0 to {last}"
        raise UsageError(f"there is no step {step}: {where} has {has}")
