"""``iai-proxy diff``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import click

from iai_proxy.cli.finding import Found, findings_of
from iai_proxy.cli.reading import local_copy
from iai_proxy.errors import InputError, UsageError
from iai_proxy.saying import say, show_text

if TYPE_CHECKING:
    from iai_proxy.comparison import Comparison
    from iai_proxy.diagnosis.check import Located
    from iai_proxy.scene import Scene
    from iai_proxy.scene.opening import Run

_FORMATS: Final = ("text", "json", "html")


@dataclass(frozen=True, slots=True)
class _Named:
    """A run as the command line names it: ``run.iairec`` or, for its branch 2, ``run.iairec@2``."""

    path: Path
    branch: int | None

    @classmethod
    def of(cls, text: str) -> Self:
        path, at, branch = text.rpartition("@")
        if at and branch.isdecimal() and not Path(text).exists():
            return cls(_path(path), int(branch))
        return cls(_path(text), None)


def _path(word: str) -> Path:
    return local_copy(word, click.get_current_context())


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--sim",
    metavar="N[,M]",
    default="1",
    show_default=True,
    help="Simulation N of both, or N of A and M of B.",
)
@click.option(
    "--branch", metavar="N[,M]", help="Branch N of both, or N of A and M of B; else the longest."
)
@click.option(
    "--tolerance",
    type=float,
    default=0.0,
    metavar="M",
    help="States this far apart count as the same (m, rad, m/s) [default: 0].",
)
@click.option("--no-check", is_flag=True, help="Leave findings out: they take most of the time.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="text, json, or a page with both runs over each other [default: by OUT's suffix].",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="Write a file."
)
def command(
    first: str,
    second: str,
    sim: str,
    branch: str | None,
    tolerance: float,
    no_check: bool,
    format_: str | None,
    output: Path | None,
) -> None:
    """Tell where two runs part, which agents, by how much, and what is set up differently.

    A and B are recordings or scenario logs; run.iairec@2 is branch 2 of a recording. The exit code
    is 1 if the runs are further apart than the tolerance, have other agents or lights at a step, or
    one goes on where the other ends; 3 if one is damaged, or can't be checked for findings.

    \b
    iai-proxy diff before.iairec after.iairec --tolerance 0.01
    """
    from iai_proxy.recordings.files import refuse_to_replace

    if not (tolerance >= 0 and isfinite(tolerance)):
        raise UsageError(f"--tolerance {tolerance:g} is no distance: give 0 or more, such as 0.01")
    form = _form(format_, output)
    names = [_Named.of(text) for text in (first, second)]
    if output is not None:
        refuse_to_replace(output, inputs=[named.path for named in names])
    simulations = _two(sim, "--sim")
    branches = _two(branch, "--branch") if branch else (None, None)
    with ExitStack() as stack:
        sides = [
            _opened(stack, named, simulation, named.branch or number, check=not no_check)
            for named, simulation, number in zip(names, simulations, branches, strict=True)
        ]
        _refuse_damaged(names, sides)
        from iai_proxy.comparison import compared

        comparison = compared(sides[0].scene, sides[1].scene, tolerance)
        _write(comparison, sides, form, output)
    if any(side.is_uncheckable for side in sides):
        sys.exit(3)
    sys.exit(1 if comparison.differs else 0)


@dataclass(frozen=True, slots=True)
class _Side:
    run: Run
    scene: Scene
    located: Sequence[Located]
    is_uncheckable: bool


def _refuse_damaged(names: Sequence[_Named], sides: Sequence[_Side]) -> None:
    """Make sure that all of both scenes could be read.

    Raises:
        InputError: it could not: what is missing is not the same as what is there.
    """
    for named, side in zip(names, sides, strict=True):
        if side.run.damage:
            raise InputError(f"{named.path} can't be compared: {side.run.damage}")


def _opened(
    stack: ExitStack, named: _Named, simulation: int, branch: int | None, *, check: bool
) -> _Side:
    from iai_proxy.recordings.files import is_recording
    from iai_proxy.scene.opening import opened_run

    run = stack.enter_context(opened_run(named.path))
    found = findings_of(named.path) if check else Found(unchecked="left out by --no-check")
    scene = run.scene(simulation, branch, problems=found.located)
    unchecked = found.unchecked or scene.unchecked
    is_uncheckable = check and bool(found.unchecked) and is_recording(named.path)
    return _Side(run, replace(scene, unchecked=unchecked), found.located, is_uncheckable)


def _write(comparison: Comparison, sides: Sequence[_Side], form: str, output: Path | None) -> None:

    from iai_proxy.recordings.files import atomic_output
    from iai_proxy.report.comparison_text import comparison_json, comparison_text
    from iai_proxy.text import one_line

    if form == "html":
        _write_page(comparison, sides, output)
        return
    if form == "json":
        import json

        text = json.dumps(comparison_json(comparison))
    else:
        text = "\n".join(map(one_line, comparison_text(comparison)))
    if output is None:
        show_text(text)
        return
    with atomic_output(output) as stream:
        stream.write(f"{text}\n")
    say(f"wrote {output}")


def _write_page(comparison: Comparison, sides: Sequence[_Side], output: Path | None) -> None:
    from iai_proxy.page import Compared, comparison_details, write_page
    from iai_proxy.report.comparison_text import parting_text

    if output is None:
        raise UsageError("name the page to write: -o diff.html")
    parting = comparison.parting
    compared = Compared(
        sim=str(comparison.a.simulation),
        branch=comparison.a.branch,
        over_sim=f"b{comparison.b.simulation}",
        over_branch=comparison.b.branch,
        parts_at=parting.step if parting else None,
        agents=tuple(comparison.pairs.items()),
        note=parting_text(comparison),
        details=comparison_details(comparison),
    )
    write_page(
        sides[0].run,
        output,
        problems=sides[0].located,
        unchecked=sides[0].scene.unchecked,
        over=sides[1].run,
        over_problems=sides[1].located,
        over_unchecked=sides[1].scene.unchecked,
        compared=[compared],
    )
    say(f"wrote {output}")


def _form(named: str | None, output: Path | None) -> str:
    if named:
        return named
    suffix = output.suffix.lower().lstrip(".") if output else "text"
    return {"htm": "html", "txt": "text"}.get(suffix, suffix if suffix in _FORMATS else "text")


def _two(text: str, option: str) -> tuple[int, int]:
    """Read ``N`` or ``N,M`` as two numbers.

    Raises:
        UsageError: it is neither.
    """
    first, comma, second = text.partition(",")
    numbers = (first.strip(), second.strip() if comma else first.strip())
    if not all(number.isdecimal() for number in numbers):
        raise UsageError(f"{option} {text} is no number: give N for both, or N,M")
    return int(numbers[0]), int(numbers[1])
