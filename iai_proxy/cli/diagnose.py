"""``iai-proxy diagnose``."""

from __future__ import annotations

import os
import sys
from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.many import each_of, say_unread
from iai_proxy.cli.options import progress_bar, settings_options
from iai_proxy.cli.workers import workers_options
from iai_proxy.saying import say, show_text
from iai_proxy.settings.checking import DiagnoseSettings

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Check
    from iai_proxy.diagnosis.result import Diagnosis
    from iai_proxy.jobs import Workers
    from iai_proxy.sources import Source

#: The progress bar of one file has this many steps.
_PARTS = 1000


@click.command("diagnose")
@settings_options(DiagnoseSettings)
@click.argument("words", nargs=-1, required=True, metavar="FILE|LOG.json|DIR|GLOB|URL…")
@workers_options
def command(settings: DiagnoseSettings, words: tuple[str, ...], on: Workers) -> None:
    """Find what a client does wrong, in recordings and debug logs of the Python and C++ SDKs.

    Says at which step and to which agents; `iai-proxy explain CODE` says why it matters and how to
    fix it. An input that can't be read, or is cut off, gives exit code 3; what can be read of it is
    diagnosed all the same, and so are the other inputs. Of a folder, the recordings and debug logs
    in it are diagnosed. Of several inputs, what they have in common comes first.

    \b
    iai-proxy diagnose run.iairec
    iai-proxy diagnose --format junit -o report.xml --fail-on error -j auto runs
    """
    from iai_proxy.recordings.files import refuse_to_replace

    sources = list(_inputs(words))
    if settings.output is not None:
        files = [source.where for source in sources if isinstance(source.where, Path)]
        refuse_to_replace(settings.output, inputs=files)
    if settings.format == "sdk":
        sys.exit(_print_as_sdk(settings, sources, on))
    sys.exit(_diagnose(settings, sources, on))


def _inputs(words: Sequence[str]) -> Iterable[Source]:
    """Return the inputs that words name; a word that names none is an input that can't be read."""
    from iai_proxy.errors import InputError
    from iai_proxy.sources import Source, is_url, named

    found: dict[Hashable, Source] = {}
    for word in words:
        try:
            sources = named([word], logs=True)
        except InputError:
            if is_url(word):
                raise
            sources = [Source(word, Path(word))]
        for source in sources:
            found.setdefault(source.identity, source)
    return found.values()


def _diagnose(settings: DiagnoseSettings, sources: Sequence[Source], on: Workers) -> int:
    """Diagnose the inputs, print the findings, and return the exit code."""
    from iai_proxy.diagnosis.selection import failing
    from iai_proxy.report.findings import rendered

    checks = settings.chosen_checks
    fails = failing(settings.fail_on, checks) if settings.fail_on is not None else None
    diagnoses = _diagnosed(sources, checks, settings.ego, on)
    on_terminal = settings.output is None and sys.stdout.isatty()
    _write(rendered(diagnoses, settings.format, colour=on_terminal, fails=fails), settings.output)
    is_shown = settings.output is None and settings.format == "text" and _are_outputs_one()
    for diagnosis in diagnoses:
        _say_problems(diagnosis, settings.ego or (), shown=is_shown)
    if any(diagnosis.error or diagnosis.note for diagnosis in diagnoses):
        return 3
    located = (located for diagnosis in diagnoses for located in diagnosis.located)
    return 1 if fails is not None and any(map(fails, located)) else 0


def _are_outputs_one() -> bool:
    """Whether both outputs go to the same place, as on a terminal and in the log of a CI run."""
    try:
        return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except (OSError, ValueError):  # one is closed, or no file
        return False


def _say_problems(diagnosis: Diagnosis, egos: Sequence[int], *, shown: bool) -> None:
    """Say what could not be read, unless it is shown already, and which egos do not exist."""
    from iai_proxy.report import unknown_egos

    problem = diagnosis.error or (diagnosis.note and f"{diagnosis.file}: {diagnosis.note}")
    if problem and not shown:
        say(problem)
    for line in unknown_egos(egos, diagnosis.agents):
        say(f"{diagnosis.file}: {line}")


def _diagnosed(
    sources: Sequence[Source],
    checks: Sequence[type[Check]],
    egos: Sequence[int] | None,
    on: Workers,
) -> list[Diagnosis]:
    from iai_proxy.diagnosis.inputs import diagnosed_input, undiagnosed
    from iai_proxy.jobs import Local

    if len(sources) == 1 and isinstance(on, Local):
        with progress_bar(_PARTS, "diagnosing") as bar:

            def tell(done: int, count: int) -> None:
                bar.update(_PARTS * done // count - bar.pos)

            found = diagnosed_input(sources[0], checks, egos, tell)
            tell(1, 1)
        return [found]
    diagnosing = partial(diagnosed_input, checks=checks, egos=egos)
    return [
        outcome.result or undiagnosed(source.name, outcome.error or "", egos)
        for source, outcome in each_of(diagnosing, sources, on, "diagnosing")
    ]


def _print_as_sdk(settings: DiagnoseSettings, sources: Sequence[Source], on: Workers) -> int:
    """Print what the SDK's own tool prints, and return the exit code."""
    from iai_proxy.text import printable

    if settings.select or settings.ignore or settings.fail_on is not None:
        raise click.UsageError(
            "--format sdk prints what the SDK's tool prints: leave out --select, --ignore and "
            "--fail-on"
        )
    lines: list[str] = []
    unread = False
    printing = partial(sdk_lines, egos=settings.ego or ())
    for source, outcome in each_of(printing, sources, on, "diagnosing"):
        if len(sources) > 1:
            lines.append(f"{printable(source.name)}:")  # the SDK's tool reads a single file
        if outcome.error is not None:
            unread = True
            say_unread(source, outcome.error)
        lines += outcome.result or []
    _write("".join(f"{line}\n" for line in lines), settings.output)
    return 3 if unread else 0


def sdk_lines(source: Source, egos: Sequence[int]) -> list[str]:
    """Return what the SDK's own tool prints of one input; a worker runs this."""
    from iai_proxy.diagnosis.sdk_tool.inputs import sdk_report_of

    with source.reading() as path:
        return list(sdk_report_of(path, egos))


def _write(text: str, output: Path | None) -> None:
    if output is None:
        if text:
            show_text(text)
        return
    from iai_proxy.recordings.files import atomic_output
    from iai_proxy.text import visible

    with atomic_output(output) as stream:
        stream.write(visible(text))
