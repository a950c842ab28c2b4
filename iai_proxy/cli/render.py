"""``iai-proxy render``."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from iai_proxy.cli.not_drawn import not_drawn
from iai_proxy.cli.options import is_given, progress_bar
from iai_proxy.cli.reading import READ
from iai_proxy.cli.render_options import (
    RenderOptions,
    camera_of,
    page_scenes,
    scene_of,
    size_of,
    steps_of,
    style_of,
    with_details,
)
from iai_proxy.errors import UsageError, did_you_mean
from iai_proxy.saying import say

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from iai_proxy.pictures import Camera, Drawn, Style
    from iai_proxy.scene import Scene
    from iai_proxy.scene.opening import Run
    from iai_proxy.scene.palette import Theme

_FORMATS: Final = ("html", "png", "gif", "webp")
#: Where neither -o nor --format says.
_FORMAT: Final = "html"
_OF_PICTURES: Final = (
    "fov",
    "center",
    "follow",
    "size",
    "fps",
    "theme",
    "directions",
    "velocities",
    "ids",
    "trails",
)
#: A PNG of more steps shows so many of them, evenly spread.
_MOST_IN_STRIP: Final = 6
_SIZE: Final = (800, 800)
_SIZE_IN_STRIP: Final = (480, 480)


@click.command("render")
@click.argument("file", metavar="FILE", type=READ)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The picture or page [default: named after FILE, in this folder].",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(_FORMATS)),
    help="The format [default: by OUT's suffix, else html].",
)
@click.option(
    "--sim",
    type=int,
    metavar="N",
    help="Simulation N, as `iai-proxy show` numbers them [default: 1; all in a page].",
)
@click.option(
    "--branch", type=int, metavar="N", help="Branch N [default: the longest; in a page all]."
)
@click.option(
    "--steps",
    metavar="A:B",
    help="Steps A to B, both included; either may be left out; or one step. "
    f"A PNG shows {_MOST_IN_STRIP} of them at most, evenly spread.",
)
@click.option("--fov", type=float, metavar="M", help="Show M metres [default: all agents].")
@click.option("--center", metavar="X,Y", help="The middle of the picture on the map, in metres.")
@click.option("--follow", type=int, metavar="AGENT", help="Keep an agent in the middle.")
@click.option(
    "--size",
    metavar="WxH",
    help="Pixels [default: {}x{}, in a strip {}x{} for each step].".format(*_SIZE, *_SIZE_IN_STRIP),
)
@click.option(
    "--fps",
    type=float,
    default=10.0,
    metavar="N",
    help="Steps shown in a second [default: 10, which is real time].",
)
@click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    default="light",
    help="The ground and what is on it [default: light].",
)
@click.option("--left-hand", is_flag=True, help="x grows to the left, as on CARLA's maps.")
@click.option(
    "--directions/--no-directions", default=True, help="A triangle in front [default: directions]."
)
@click.option("--velocities", is_flag=True, help="A line to where an agent will be in 0.5 s.")
@click.option("--ids", is_flag=True, help="Each agent's number.")
@click.option("--trails", is_flag=True, help="Where each agent was in the last 5 s.")
@click.option(
    "--findings/--no-findings",
    default=None,
    help="Mark what `iai-proxy diagnose` finds [default: only in a page].",
)
def command(**given: Any) -> None:
    """Draw a run: as a page to play in a browser, a picture, or an animation.

    FILE is a recording, or a scenario log of the SDK. The suffix of OUT chooses the format: .html
    is a page in one file, .png a picture of a step or a strip of several, .gif and .webp play in
    real time. The exit code is 3 if FILE is damaged: what can be read is drawn.
    """
    from iai_proxy.scene.opening import opened_run
    from iai_proxy.text import size

    options = RenderOptions(**given)
    kind, output = _format_and_output(options)
    with opened_run(options.file) as run:
        if kind == "html":
            what = _write_page(run, options, output)
        else:
            what = _write_picture(run, options, kind, output)
        damage = run.damage
    say(f"drew {what} into {output} ({size(output.stat().st_size)})")
    if damage:
        say(f"the picture lacks what can't be read: {damage}")
        sys.exit(3)


def _write_page(run: Run, options: RenderOptions, output: Path) -> str:
    """Write a page, and return what is on it."""
    from iai_proxy.page import write_page
    from iai_proxy.text import plural

    for name in _OF_PICTURES:
        if is_given(name):
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} is for pictures: on a page that is chosen as it is watched")
    scenes = page_scenes(run, options)
    write_page(scenes, output)
    for sentence in dict.fromkeys(sentence for scene in scenes for sentence in scene.left_out):
        say(sentence)
    simulations = {scene.simulation.number for scene in scenes}
    return plural(len(simulations), "simulation")


def _write_picture(run: Run, options: RenderOptions, kind: str, output: Path) -> str:
    """Write a picture, and return what is on it."""
    from iai_proxy.pictures import evenly_spread
    from iai_proxy.recordings.files import atomic_binary_output
    from iai_proxy.text import plural

    steps = steps_of(run, options)
    shown = evenly_spread(steps, _MOST_IN_STRIP) if kind == "png" else list(steps)
    with atomic_binary_output(output) as stream:
        for piece in _pieces(run, options, kind, steps, shown):
            stream.write(piece)
    return plural(len(shown), "step")


def _format_and_output(options: RenderOptions) -> tuple[str, Path]:
    """Return the format and the file to write.

    Raises:
        UsageError: the suffix is of no format, or the file is a recording or the input.
    """
    from iai_proxy.recordings.files import refuse_to_replace

    kind, output = options.format_, options.output
    if output is None:
        kind = kind or _FORMAT
        output = Path(f"{options.file.stem}.{kind}")
    if kind is None:
        kind = output.suffix.lower().removeprefix(".")
        if kind not in _FORMATS:
            formats = ", ".join(f".{name}" for name in _FORMATS)
            hint = did_you_mean(kind, _FORMATS)
            raise UsageError(
                f"{output} has no suffix of a format{hint}: end it with one of {formats}, "
                "or give --format"
            )
    refuse_to_replace(output, inputs=[options.file])
    return kind, output


def _pieces(
    run: Run, options: RenderOptions, kind: str, steps: range, shown: Sequence[int]
) -> Iterator[bytes]:
    """Yield a picture's file, piece by piece."""
    from iai_proxy import pictures

    size = size_of(options, _SIZE_IN_STRIP if kind == "png" and len(shown) > 1 else _SIZE)
    fps = _fps(options, kind)
    scene = scene_of(run, options, steps)
    camera, style = camera_of(scene, options, steps, size), style_of(options)
    for sentence in not_drawn(scene, shown, camera):
        say(sentence)
    captions = kind != "png" or len(shown) == 1
    with _bar(len(shown)) as bar:
        drawn = _drawn(with_details(run, scene, shown), camera, style, bar, captions=captions)
        if kind == "gif":
            yield from pictures.animated_gif(drawn, fps, style.theme)
        elif kind == "webp":
            yield pictures.animated_webp(drawn, len(shown), fps)
        else:
            yield _png(list(drawn), shown, scene.simulation.location, style.theme)


def _drawn(
    scenes: Iterable[tuple[Scene, Sequence[int]]],
    camera: Camera,
    style: Style,
    bar: ProgressBar[int],
    *,
    captions: bool,
) -> Iterator[Drawn]:
    """Draw steps of scenes, and move the bar."""
    from iai_proxy.pictures import draw_steps

    for scene, steps in scenes:
        for step in draw_steps(scene, steps, camera, style, captions=captions):
            yield step
            bar.update(1)


def _png(drawn: Sequence[Drawn], steps: Sequence[int], title: str, theme: Theme) -> bytes:
    from iai_proxy.pictures import strip_of

    image = drawn[0].image
    if len(drawn) > 1:
        image = strip_of([step.image for step in drawn], steps, title, theme)
    encoded = io.BytesIO()
    image.save(encoded, "PNG", optimize=True)
    return encoded.getvalue()


def _fps(options: RenderOptions, kind: str) -> float:
    from iai_proxy.pictures import FASTEST_FPS

    most = FASTEST_FPS if kind == "gif" else 1000
    if not 0.1 <= options.fps <= most:
        raise UsageError(
            f"--fps {options.fps:g} can't be shown: a {kind.upper()} has 0.1 to {most} frames "
            "a second"
        )
    return options.fps


def _bar(count: int) -> ProgressBar[int]:
    return progress_bar(count, "drawing")
