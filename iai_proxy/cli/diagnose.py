"""``iai-proxy diagnose``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.checking import checking_options, egos_named, strangers
from iai_proxy.cli.options import config_option, option, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iai_proxy.diagnosis.check import Check
    from iai_proxy.diagnosis.diagnosis import Diagnosis

#: Of so many parts of each file the progress bar tells.
_PARTS = 1000


@click.command("diagnose")
@checking_options
@option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "sarif", "sdk"]),
    default="text",
    show_default=True,
    help="sdk is what the SDK's own DiagnosticTool prints, line for line.",
)
@option(
    "--fail-on",
    metavar="error|warning|info|CODE",
    help="Exit with 1 if a finding has this severity or a worse one, or this code.",
)
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Write there, not to standard output.",
)
@config_option
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE|LOG.json…", type=click.Path(path_type=Path)
)
def command(
    files: tuple[Path, ...],
    ego: tuple[str, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    output: Path | None,
) -> None:
    """Find what a client does wrong, in recordings and debug logs of the Python and C++ SDKs.

    Says at which step and to which agents; `iai-proxy explain CODE` says why it matters and how to
    mend it. An input that can't be read, or is cut off, gives exit code 3; what can be read of it,
    and the others, are diagnosed all the same.

    \b
    iai-proxy diagnose run.iairec
    iai-proxy diagnose --format junit -o report.xml --fail-on error runs/*.iairec
    """
    from iai_proxy.diagnosis.selection import failing, selected
    from iai_proxy.report.findings import rendered

    egos = egos_named(ego)
    checks = selected(select, ignore)
    fails = failing(fail_on, checks) if fail_on is not None else None
    _check_output(output, files)
    if form == "sdk":
        if select or ignore or fail_on is not None:
            raise click.UsageError(
                "--format sdk prints what the SDK's tool prints: no --select, --ignore or --fail-on"
            )
        sys.exit(_print_as_sdk(files, egos or (), output))
    diagnoses = _diagnosed(files, checks, egos)
    _write(
        rendered(diagnoses, form, colour=output is None and sys.stdout.isatty(), fails=fails),
        output,
    )
    for one in diagnoses:
        problem = one.error or (one.note and f"{one.file}: {one.note}")
        if problem and (
            form != "text" or output or not sys.stdout.isatty()
        ):  # a terminal shows it already
            say(problem)
        if nobody := strangers(egos or (), one.agents):
            say(f"{one.file}: {nobody}")
    unread = any(one.error or one.note for one in diagnoses)
    found = fails is not None and any(
        fails(located) for one in diagnoses for located in one.located
    )
    sys.exit(3 if unread else 1 if found else 0)


def _diagnosed(
    files: Sequence[Path], checks: Sequence[type[Check]], egos: Sequence[int] | None
) -> list[Diagnosis]:
    from iai_proxy.diagnosis.runs import diagnosed

    found = []
    with click.progressbar(
        length=_PARTS * len(files),
        label="diagnosing",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        for number, path in enumerate(files):

            def tell(done: int, count: int, begun: int = number * _PARTS) -> None:
                bar.update(begun + _PARTS * done // count - bar.pos)

            found.append(diagnosed(path, checks, egos, tell))
            tell(1, 1)
    return found


def _check_output(output: Path | None, files: Sequence[Path]) -> None:
    """Make sure that a report replaces no recording, which can't be made again, and no input."""
    from iai_proxy.recordings.files import is_recording

    if output is None or not output.is_file() or not output.stat().st_size:
        return
    if is_recording(output):
        raise click.UsageError(
            f"{output} is a recording, which a report would replace: give -o another name"
        )
    if any(one.exists() and output.samefile(one) for one in files):
        raise click.UsageError(
            f"{output} is to be diagnosed; a report would replace it: give -o another name"
        )


def _print_as_sdk(files: Sequence[Path], egos: Sequence[int], output: Path | None) -> int:
    from iai_proxy.diagnosis.sdk_tool.inputs import sdk_report_of
    from iai_proxy.errors import IaiProxyError
    from iai_proxy.text import printable

    lines: list[str] = []
    unread = False
    for path in files:
        if len(files) > 1:
            lines.append(f"{printable(str(path))}:")  # the SDK's tool knows one file
        try:
            lines += list(sdk_report_of(path, egos))
        except IaiProxyError as error:
            unread = True
            say(str(error) if str(path) in str(error) else f"{path}: {error}")
    _write("".join(f"{line}\n" for line in lines), output)
    return 3 if unread else 0


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text.rstrip("\n")) if text else None
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"can't write {output}: {error.strerror}") from error
