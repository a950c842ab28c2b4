"""``iai-proxy render``: its options, and its sentences."""

from __future__ import annotations

import importlib.util
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.cli import COMMAND, Cli
from support.drawn import colour, counted
from support.exchanges import exchange, request, response
from support.recordings import damage_answers, write
from support.terminal import Terminal
from support.worlds import World

from iai_proxy.scene.palette import CAR, DARK, LIGHT

STEPS = 12


def record(path: Path) -> World:
    """Record two simulations of three agents; the first one goes on twice from step 8."""
    world = World()
    agents = world.initialize(3)
    for step in range(1, STEPS):
        agents = world.drive(agents)
        if step == 8:
            fork = agents
    world.drive(fork)
    world.drive(world.initialize(3))
    made = [
        replace(
            exchange(request(sent, target=f"/v0/aws/m1/{seen.call.endpoint}"), response(got)),
            connection=seen.call.connection,
        )
        for seen, (sent, got) in zip(world.observations, world.bodies, strict=True)
    ]
    write(path, *made)
    return world


@pytest.fixture
def run(cli: Cli) -> Cli:
    record(cli.folder / "run.iairec")
    return cli


def picture(cli: Cli, name: str) -> Any:
    return Image.open(io.BytesIO((cli.folder / name).read_bytes()))


def render(cli: Cli, *arguments: str) -> str:
    """Render, and return what is said."""
    done = cli.invoke("render", "run.iairec", *arguments)
    assert done.exit_code == 0, done.stderr
    assert not done.stdout
    return done.stderr


def refusal(cli: Cli, *arguments: str) -> str:
    done = cli.invoke("render", "run.iairec", *arguments)
    assert done.exit_code == 2, done.stderr
    return re.sub(r"^(Error|iai-proxy): ", "", done.stderr.strip().splitlines()[-1])


def test_one_step_is_a_picture(run: Cli) -> None:
    said = render(run, "-o", "out.png", "--steps", "4")
    image = picture(run, "out.png")
    assert (image.format, image.size) == ("PNG", (800, 800))
    assert counted(image.convert("RGB"), CAR) > 100
    size = (run.folder / "out.png").stat().st_size
    assert said == f"iai-proxy: drew 1 step into out.png ({size / 1000:.3g} kB)\n"


def test_several_steps_are_a_strip_of_six(run: Cli) -> None:
    assert "drew 6 steps into out.png" in render(run, "-o", "out.png")
    width, height = picture(run, "out.png").size
    assert 3 * 480 < width < 3 * 520
    assert 2 * 480 < height < 2 * 560
    assert "drew 3 steps" in render(run, "-o", "out.png", "--steps", "3:5", "--size", "200x100")
    assert 600 < picture(run, "out.png").width < 700


@pytest.mark.parametrize(
    ("steps", "count"), [(":", STEPS), ("3:5", 3), ("9:", 3), (":1", 2), ("0:0", 1)]
)
def test_an_animation_has_a_frame_for_each_step(run: Cli, steps: str, count: int) -> None:
    render(run, "-o", "out.gif", "--steps", steps, "--size", "160x120")
    animation = picture(run, "out.gif")
    assert (animation.size, animation.n_frames) == ((160, 120), count)
    assert animation.info["duration"] == 100


def test_webp_plays_as_well(run: Cli) -> None:
    render(run, "-o", "OUT.WEBP", "--size", "160x120", "--fps", "20")
    animation = picture(run, "OUT.WEBP")
    animation.seek(1)
    animation.load()
    assert (animation.n_frames, animation.info["duration"]) == (STEPS, 50)


def test_a_page_is_drawn_if_nothing_is_said(run: Cli) -> None:
    assert "drew 2 simulations into run.html" in render(run)
    assert "<html" in (run.folder / "run.html").read_text()
    assert "drew 1 simulation into other.html" in render(run, "-o", "other.html", "--sim", "2")
    assert "drew 1 simulation" in render(run, "-o", "b.html", "--branch", "2", "--steps", "7:9")


def test_the_format_may_be_named(run: Cli) -> None:
    render(run, "--format", "gif", "--size", "100x100")
    assert picture(run, "run.gif").format == "GIF"
    render(run, "-o", "picture", "--format", "png", "--steps", "0")
    assert picture(run, "picture").format == "PNG"


def test_the_simulation_and_the_branch_are_chosen(run: Cli) -> None:
    assert "drew 2 steps" in render(run, "-o", "out.gif", "--sim", "2")
    assert "drew 10 steps" in render(run, "-o", "out.gif", "--branch", "2")


def test_the_view_is_chosen(run: Cli) -> None:
    """An agent that is followed is in the middle, and so is its place."""
    world = record(run.folder / "again.iairec")
    options = ("--steps", "0", "--fov", "20", "--size", "400x400", "--no-directions")
    render(run, "-o", "out.png", *options, "--follow", "1")
    followed = picture(run, "out.png").convert("RGB")
    assert followed.getpixel((200, 200)) == colour(CAR)
    x, y = _first_answer(world)[1][:2]
    render(run, "-o", "out.png", *options, "--center", f"{x},{y}")
    assert picture(run, "out.png").convert("RGB").tobytes() == followed.tobytes()


def _first_answer(world: World) -> list[list[float]]:
    states: list[list[float]] = json.loads(world.bodies[0][1])["agent_states"]
    return states


def test_a_left_handed_picture_is_mirrored(run: Cli) -> None:
    world = record(run.folder / "again.iairec")
    x, y = _first_answer(world)[1][:2]
    options = ("--steps", "0", "--fov", "40", "--size", "400x400", "--no-directions")
    options = (*options, "--center", f"{x - 10},{y}")
    render(run, "-o", "right.png", *options)
    render(run, "-o", "left.png", *options, "--left-hand")
    right, left = (picture(run, f"{name}.png") for name in ("right", "left"))
    assert right.getpixel((300, 200)) == left.getpixel((100, 200)) == colour(CAR)


def test_themes_and_marks(run: Cli) -> None:
    options = ("--ids", "--trails", "--velocities", "--findings", "--theme", "dark")
    render(run, "-o", "out.png", "--steps", "5", *options)
    image = picture(run, "out.png").convert("RGB")
    assert counted(image, DARK.ground) > counted(image, LIGHT.ground)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["-o", "out.bmp"],
            "out.bmp has no suffix of a format: end it with one of .html, .png, .gif, .webp, or "
            "give --format",
        ),
        (
            ["-o", "out.pgn"],
            "out.pgn has no suffix of a format (did you mean 'png'?): end it with one of .html, "
            ".png, .gif, .webp, or give --format",
        ),
        (
            ["-o", "run.iairec", "--format", "png"],
            "run.iairec is a recording, which can't be made again: give -o another name",
        ),
        (
            ["-o", "out.gif", "--steps", "5:50"],
            "--steps 5:50 is not within the run: it has steps 0 to 11",
        ),
        (
            ["-o", "out.gif", "--steps", "x"],
            "--steps x is no range: give a step, or two, such as 10:20, or 10: or :20",
        ),
        (
            ["-o", "out.gif", "--follow", "7"],
            "--follow 7 is none of the steps' agents: they have agents 0-2",
        ),
        (
            ["-o", "out.gif", "--size", "800"],
            "--size 800 is no size of a picture: give two numbers of pixels from 64 to 8192, such "
            "as 800x600",
        ),
        (
            ["-o", "out.gif", "--size", "800x9000"],
            "--size 800x9000 is no size of a picture: give two numbers of pixels from 64 to 8192, "
            "such as 800x600",
        ),
        (
            ["-o", "out.gif", "--center", "12"],
            "--center 12 is no place: give x and y in metres, such as 12.5,-3",
        ),
        (
            ["-o", "out.gif", "--center", "1e300,1"],
            "--center 1e300,1 is no place: give x and y in metres, such as 12.5,-3",
        ),
        (["-o", "out.gif", "--steps", "2:1"], "--steps 2:1 is reversed: give 1:2"),
        (
            ["-o", "out.gif", "--fov", "-3"],
            "--fov -3 is no field of view: give metres, such as 100",
        ),
        (
            ["-o", "out.gif", "--fps", "60"],
            "--fps 60 can't be shown: a GIF has 0.1 to 50 frames a second",
        ),
        (
            ["-o", "out.gif", "--follow", "1", "--center", "1,2"],
            "--follow and --center both say what is in the middle: give one of them",
        ),
        (
            ["-o", "out.html", "--fov", "100"],
            "--fov is for pictures: on a page that is chosen as it is watched",
        ),
    ],
)
def test_what_cannot_be_drawn_is_a_sentence(run: Cli, arguments: list[str], sentence: str) -> None:
    before = sorted(run.folder.iterdir())
    assert refusal(run, *arguments) == sentence
    assert sorted(run.folder.iterdir()) == before


@pytest.mark.parametrize("option", ["--sim", "--branch"])
def test_what_there_is_instead_is_said(run: Cli, option: str) -> None:
    assert "it has 1-2" in refusal(run, "-o", "out.gif", option, "5")
    assert "it has 1-2" in refusal(run, "-o", "out.html", option, "5")


def test_a_picture_that_cannot_be_written_is_a_sentence(run: Cli) -> None:
    for name in ("out.png", "out.html"):
        said = refusal(run, "-o", f"nowhere/{name}")
        assert said.startswith(f"can't write nowhere/{name} (No such file or directory)")


def test_a_bar_shows_how_far_it_is_on_a_terminal(run: Cli) -> None:
    options = ["-o", "out.gif", "--size", "100x100"]
    command = [*COMMAND, "render", "run.iairec", *options]
    terminal = Terminal(command, run.environment, run.folder)
    terminal.until("drawing  [####################################]  100%")
    terminal.until("drew 12 steps into out.gif")
    assert terminal.end() == 0


SCENARIOS = importlib.util.find_spec("invertedai")
LOGS = sorted(
    (Path(SCENARIOS.origin).parent / "logs" / "scenario_test_suite").glob("*.json")
    if SCENARIOS and SCENARIOS.origin
    else ()
)


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_the_scenario_logs_of_the_sdk_are_drawn(cli: Cli, log: Path) -> None:
    """Each agent is where the log puts it."""
    agents = json.loads(log.read_text())["predetermined_agents"].values()
    for agent in list(agents)[:3]:
        x, y = (agent["states"]["0"]["center"][axis] for axis in ("x", "y"))
        options = ["-o", "out.png", "--center", f"{x},{y}", "--fov", "40", "--size", "200x200"]
        done = cli.invoke("render", str(log), *options, "--no-directions", "--steps", "0")
        assert done.exit_code == 0, done.stderr
        assert picture(cli, "out.png").getpixel((100, 100)) == colour(CAR)


def test_a_picture_without_an_agent_is_said_to_have_none(run: Cli) -> None:
    done = run.invoke("render", "run.iairec", "-o", "out.png", "--center", "9000,9000")
    assert done.exit_code == 0
    assert done.stderr.count("no agent is in the picture") == 1
    assert "no agent is in" not in run.invoke("render", "run.iairec", "-o", "out.png").stderr


@pytest.mark.parametrize("name", ["out.html", "out.png"])
def test_a_damaged_recording_is_drawn_and_said_not_to_be_checked(run: Cli, name: str) -> None:
    damage_answers(run.folder / "run.iairec", 3)
    done = run.invoke("render", "run.iairec", "-o", name, *(["--findings"] * (name == "out.png")))
    assert done.exit_code == 3
    assert "the picture lacks what can't be read: run.iairec is damaged: the body " in done.stderr
    assert "could not be checked: run.iairec" in done.stderr
    assert "`iai-proxy verify run.iairec` says more" in done.stderr
    assert (run.folder / name).stat().st_size > 1000
    if name == "out.html":
        assert "`iai-proxy verify run.iairec` says more" in (run.folder / name).read_text()


def test_a_page_of_a_damaged_recording_says_so_without_findings_too(run: Cli) -> None:
    damage_answers(run.folder / "run.iairec", 3)
    done = run.invoke("render", "run.iairec", "-o", "out.html", "--no-findings")
    assert done.exit_code == 3
    assert "run.iairec is damaged: the body " in (run.folder / "out.html").read_text()


def test_a_scenario_log_has_no_findings(cli: Cli) -> None:
    if not LOGS:
        pytest.skip("the SDK is not installed")
    done = cli.invoke("render", str(LOGS[0]), "-o", "out.png", "--findings")
    sentence = f"iai-proxy: --findings needs a recording, and {LOGS[0]} is none\n"
    assert (done.exit_code, done.stderr) == (2, sentence)
    assert cli.invoke("render", str(LOGS[0]), "-o", "out.html").exit_code == 0
