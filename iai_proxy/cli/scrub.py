"""``iai-proxy scrub``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import file_argument
from iai_proxy.saying import say, show

if TYPE_CHECKING:
    from iai_proxy.scrubbing import Disguise, Scrubbed

#: The check that knows orientations in degrees.
_DEGREES = 220
#: What is counted, by kind.
_COUNTED = {
    "headers": ("header", "headers"),
    "pictures": ("picture", "pictures"),
    "errors": ("text of an error", "texts of errors"),
}
#: How many unknown fields to name.
_SHOWN = 8
_KINDS = (
    "locations",
    "coordinates",
    "times",
    "addresses",
    "headers",
    "lights",
    "pictures",
    "maps",
    "errors",
    "labels",
)


@click.command("scrub")
@file_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The recording to make.",
)
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice(_KINDS),
    metavar="WHAT",
    help=f"Keep this: {', '.join(_KINDS[:-1])} or {_KINDS[-1]}. May be given several times.",
)
@click.option(
    "--remove",
    multiple=True,
    metavar="FIELD",
    help="Remove this field of requests and answers too, wherever it is. May be given several "
    "times.",
)
@click.option(
    "--keep-unknown",
    is_flag=True,
    help="Keep fields and endpoints that iai-proxy does not know, as they are.",
)
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Draw the same motion again; without it no one knows the motion afterwards.",
)
def command(
    recording: Path,
    output: Path,
    keep: tuple[str, ...],
    remove: tuple[str, ...],
    keep_unknown: bool,
    seed: int | None,
) -> None:
    """Make a recording that can be shared: same steps, without place, time and addresses.

    Locations are renamed, coordinates turned by half a turn and shifted, lights renumbered, times
    moved to the year 2000. Addresses, headers, pictures, texts of errors, labels, and all fields
    that iai-proxy does not know are removed. Simulations, steps, findings and replay stay what they
    are. Recurrent states stay as well: `--remove recurrent_states` removes them, and with them most
    of what replay goes by.
    """
    from iai_proxy.scrubbing import Disguise, scrub
    from iai_proxy.text import plural

    before = _findings(recording)
    # Half a turn in radians is none in degrees, and would hide them.
    turns = "coordinates" in keep or _DEGREES not in {finding[0] for finding in before}
    disguise = Disguise(seed, keep=keep, remove=remove, keep_unknown=keep_unknown, turns=turns)
    result = scrub(recording, output, disguise)
    after = _findings(output)
    show(f"{plural(result.calls, 'call')} scrubbed into {output}")
    if result.is_alike and before == after:
        show(f"found in it, as before: {_counted(result, before)}")
    for line in _lines(disguise):
        show(line)
    if seed is not None:  # else no one is to know it
        show(f"moved: {disguise.motion}")
    if not turns:
        say("orientations look like degrees (IAI220): coordinates are shifted, but not turned")
    for field in remove:
        if not disguise.removed[field]:
            say(f"warning: nothing was removed for --remove {field}: no call has such a field")
    if not result.is_alike:
        _say_unlike("simulations", "show", recording, output)
    if before != after:
        _say_unlike("findings", "diagnose", recording, output)


def _say_unlike(what: str, shown_by: str, recording: Path, output: Path) -> None:
    say(
        f"warning: the copy has other {what} than the original: compare "
        f"`iai-proxy {shown_by} {recording}` and `iai-proxy {shown_by} {output}`"
    )


def _findings(recording: Path) -> list[tuple[object, ...]]:
    """Return what checks find in a recording, but for sentences, which may name places."""
    from iai_proxy.diagnosis.registry import ALL
    from iai_proxy.diagnosis.runs import diagnosed

    located = diagnosed(recording, ALL).located
    found = ((entry.simulation, entry.finding) for entry in located)
    return [
        (finding.code, simulation, finding.step, finding.last_step, finding.agents)
        for simulation, finding in found
    ]


def _counted(result: Scrubbed, findings: list[tuple[object, ...]]) -> str:
    from iai_proxy.text import plural

    simulations, steps = plural(result.simulations, "simulation"), plural(result.steps, "step")
    return f"{simulations}, {steps}, {plural(len(findings), 'finding')}"


def _lines(disguise: Disguise) -> Iterator[str]:
    """Say what was removed or changed."""
    from iai_proxy.text import first_few, plural, printable

    yield f"renamed: {plural(len(disguise.places), 'location')}"
    counts = [(disguise.counts[kind], nouns) for kind, nouns in _COUNTED.items()]
    if removed := ", ".join(plural(count, *nouns) for count, nouns in counts if count):
        yield f"removed: {removed}"
    for field, count in sorted(disguise.removed.items()):
        yield f"removed as asked: {printable(field)}, {plural(count, 'time')}"
    if disguise.unknown:
        fields = plural(len(disguise.unknown), "unknown field")
        names = first_few(map(printable, sorted(disguise.unknown)), _SHOWN)
        yield f"removed: {fields}, {plural(disguise.unknown.total(), 'time')}: {names}"
