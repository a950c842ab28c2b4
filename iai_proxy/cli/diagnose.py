"""``iai-proxy diagnose``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import progress_bar, settings_options
from iai_proxy.saying import say, show_text
from iai_proxy.settings.checking import DiagnoseSettings

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Check
    from iai_proxy.diagnosis.result import Diagnosis

#: The progress bar has this many steps for each file.
_PARTS = 1000


@click.command("diagnose")
@settings_options(DiagnoseSettings)
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE|LOG.json|DIR…", type=click.Path(path_type=Path)
)
def command(settings: DiagnoseSettings, files: tuple[Path, ...]) -> None:
    """Find what a client does wrong, in recordings and debug logs of the Python and C++ SDKs.

    Says at which step and to which agents; `iai-proxy explain CODE` says why it matters and how to
    fix it. An input that can't be read, or is cut off, gives exit code 3; what can be read of it is
    diagnosed all the same, and so are the other inputs. Of a folder, the recordings and debug logs
    in it are diagnosed.

    \b
    iai-proxy diagnose run.iairec
    iai-proxy diagnose --format junit -o report.xml --fail-on error runs/*.iairec
    """
    from iai_proxy.recordings.files import refuse_to_replace

    files = tuple(file for path in files for file in _inputs(path))
    if settings.output is not None:
        refuse_to_replace(settings.output, inputs=files)
    if settings.format == "sdk":
        sys.exit(_print_as_sdk(settings, files))
    sys.exit(_diagnose(settings, files))


def _inputs(path: Path) -> Sequence[Path]:
    """Return the inputs in a folder, or the path itself if there are none."""
    from iai_proxy.logs.inputs import inputs_in

    return (path.is_dir() and inputs_in(path)) or [path]


def _diagnose(settings: DiagnoseSettings, files: Sequence[Path]) -> int:
    """Diagnose the files, print the findings, and return the exit code."""
    from iai_proxy.diagnosis.selection import failing
    from iai_proxy.report.findings import rendered

    checks = settings.chosen_checks
    fails = failing(settings.fail_on, checks) if settings.fail_on is not None else None
    diagnoses = _diagnosed(files, checks, settings.ego)
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
    files: Sequence[Path], checks: Sequence[type[Check]], egos: Sequence[int] | None
) -> list[Diagnosis]:
    from iai_proxy.diagnosis.runs import diagnosed

    found = []
    with progress_bar(_PARTS * len(files), "diagnosing") as bar:
        for number, path in enumerate(files):

            def tell(done: int, count: int, begun: int = number * _PARTS) -> None:
                bar.update(begun + _PARTS * done // count - bar.pos)

            found.append(diagnosed(path, checks, egos, tell))
            tell(1, 1)
    return found


def _print_as_sdk(settings: DiagnoseSettings, files: Sequence[Path]) -> int:
    """Print what the SDK's own tool prints, and return the exit code."""
    from iai_proxy.diagnosis.sdk_tool.inputs import sdk_report_of
    from iai_proxy.errors import IaiProxyError
    from iai_proxy.text import printable

    if settings.select or settings.ignore or settings.fail_on is not None:
        raise click.UsageError(
            "--format sdk prints what the SDK's tool prints: leave out --select, --ignore and "
            "--fail-on"
        )
    lines: list[str] = []
    unread = False
    for path in files:
        if len(files) > 1:
            lines.append(f"{printable(str(path))}:")  # the SDK's tool reads a single file
        try:
            lines += list(sdk_report_of(path, settings.ego or ()))
        except IaiProxyError as error:
            unread = True
            say(str(error) if str(path) in str(error) else f"{path}: {error}")
    _write("".join(f"{line}\n" for line in lines), settings.output)
    return 3 if unread else 0


def _write(text: str, output: Path | None) -> None:
    if output is None:
        if text:
            show_text(text)
        return
    from iai_proxy.recordings.files import atomic_output
    from iai_proxy.text import visible

    with atomic_output(output) as stream:
        stream.write(visible(text))
