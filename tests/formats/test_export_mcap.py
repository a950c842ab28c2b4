"""MCAP files, read back with the `mcap` package: what is where, when, and turned which way."""

from __future__ import annotations

import io
import json
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded
from support.scenes import circling

from iai_proxy.logs.scenario import ScenarioActor
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.scene import Agent, Ground, Picture, Problem, Scene

pytest.importorskip("foxglove")
reading = pytest.importorskip("mcap.reader")
decoding = pytest.importorskip("mcap_protobuf.decoder")

from PIL import Image

from iai_proxy.formats.export_mcap import export_mcap, layout
from iai_proxy.formats.mcap_steps import SCHEMA

Messages = Mapping[str, Sequence[tuple[int, Any]]]


def read(data: bytes) -> Messages:
    """Return by topic the messages and their times, in ns, in the order of the file."""
    found: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    reader = reading.make_reader(io.BytesIO(data), decoder_factories=[decoding.DecoderFactory()])
    for schema, channel, message in reader.iter_messages():
        if channel.message_encoding == "json":
            value = json.loads(message.data)
            jsonschema.validate(value, json.loads(schema.data))
        else:
            decoder = decoding.DecoderFactory().decoder_for("protobuf", schema)
            value = decoder(message.data)
        found[channel.topic].append((message.log_time, value))
    return found


def exported(scene: Scene) -> Messages:
    stream = io.BytesIO()
    export_mcap(scene, scene.frames, stream)
    return read(stream.getvalue())


def named(entities: Sequence[Any]) -> dict[str, Any]:
    return {entity.id: entity for entity in entities}


def told(entity: Any) -> dict[str, str]:
    return {pair.key: pair.value for pair in entity.metadata}


def test_an_agent_is_a_box_of_its_size_where_it_is() -> None:
    _, update = exported(circling(steps=3))["/agents"][2]
    # agent 2, a pedestrian of 0.8 m x 0.7 m, at 82 degrees of a circle of 28 m
    walker = named(update.entities)["agent 2"]
    (cube,) = walker.cubes
    assert (cube.size.x, cube.size.y, cube.size.z) == (0.8, 0.7, 1.75)
    assert cube.pose.position.x == pytest.approx(28 * math.cos(math.radians(82)))
    assert cube.pose.position.y == pytest.approx(28 * math.sin(math.radians(82)))
    assert cube.pose.position.z == 0.875  # half of its height: it stands on the ground
    # it heads for 172 degrees; half of that is 86
    turn = cube.pose.orientation
    assert (turn.x, turn.y) == (0, 0)
    assert turn.z == pytest.approx(math.sin(math.radians(86)))
    assert turn.w == pytest.approx(math.cos(math.radians(86)))
    (arrow,) = walker.arrows
    assert arrow.pose.orientation == turn
    assert arrow.shaft_length + arrow.head_length == pytest.approx(0.48)
    assert walker.frame_id == "map"
    assert told(walker) == {
        "type": "pedestrian", "ego": "false",
        "collision": "false", "offroad": "false", "wrong_way": "false",
    }  # fmt: skip
    assert not walker.texts


def test_an_ego_is_named_coloured_and_where_its_client_put_it() -> None:
    _, update = exported(circling(steps=1))["/agents"][0]
    entities = named(update.entities)
    (cube,) = entities["agent 0"].cubes
    assert (cube.pose.position.x, cube.pose.position.y) == (20, 2)  # answered (20, 0)
    assert [text.text for text in entities["agent 0"].texts] == ["ego 0"]
    assert told(entities["agent 0"])["ego"] == "true"
    colours = {name: entity.cubes[0].color for name, entity in entities.items()}
    ego, car, walker = (colours[f"agent {number}"] for number in range(3))
    assert (round(ego.r * 255), round(ego.g * 255), round(ego.b * 255)) == (0xD5, 0x5E, 0)
    assert car == colours["agent 1"]
    assert len({(shade.r, shade.g, shade.b) for shade in (ego, car, walker)}) == 3


def test_steps_are_a_tenth_of_a_second_apart_from_0_on() -> None:
    found = exported(circling(steps=12))
    for topic in ("/agents", "/steps", "/lights", "/tf"):
        assert [time for time, _ in found[topic]] == [step * 100_000_000 for step in range(12)]
    _, update = found["/agents"][11]
    stamp = update.entities[0].timestamp
    assert (stamp.seconds, stamp.nanos) == (1, 100_000_000)


def test_who_arrives_is_added_and_who_leaves_is_deleted() -> None:
    scene = circling(steps=12)
    frames = [
        replace(frame, agents=frame.agents[:-1], states=frame.states[:-4])
        if frame.step >= 11
        else frame
        for frame in scene.frames
    ]
    updates = [update for _, update in exported(replace(scene, frames=frames))["/agents"]]
    assert "agent 5" not in named(updates[9].entities)
    assert "agent 5" in named(updates[10].entities)
    assert "agent 5" not in named(updates[11].entities)
    assert [len(update.deletions) for update in updates] == [0] * 11 + [1]
    (deletion,) = updates[11].deletions
    assert (deletion.id, deletion.type, deletion.timestamp.ToNanoseconds()) == (
        "agent 5", 0, 1_100_000_000,
    )  # fmt: skip  # 0 is MATCHING_ID


def test_infractions_are_told_of_the_agent_that_has_them() -> None:
    found = exported(circling(steps=22))
    _, update = found["/agents"][20]
    assert told(named(update.entities)["agent 2"])["collision"] == "true"
    _, step = found["/steps"][20]
    assert [agent["collision"] for agent in step["agents"]] == [
        False, False, True, False, False, False,
    ]  # fmt: skip


def test_what_is_not_known_is_left_out() -> None:
    """At step 0 infractions were not asked for; no answer says who is inside; agent 1 is untold."""
    scene = circling(steps=2)
    frames = [replace(scene.frames[0], lights=None), replace(scene.frames[1], lights={})]
    frames[1] = replace(frames[1], outside=frozenset({3}), has_outside=True)
    agents = {**scene.agents, 1: Agent(1, "car", 4.7, 1.9)}
    found = exported(replace(scene, frames=frames, agents=agents))
    (_, unknown), (_, known) = found["/steps"]
    state = {"x", "y", "heading", "speed"}
    first, second = unknown["agents"][:2]
    assert set(first) == {"agent", "type", "ego", "applied", *state}
    assert set(second) == {"agent", "ego", *state}
    assert "lights" not in unknown
    assert [agent["collision"] for agent in known["agents"]] == [False] * 5
    assert [agent["inside"] for agent in known["agents"]] == [True, True, True, False, True]
    assert known["lights"] == []
    (_, update), (_, later) = found["/agents"]
    assert told(named(update.entities)["agent 1"]) == {"ego": "false"}
    assert told(named(later.entities)["agent 3"])["inside"] == "false"
    assert told(named(later.entities)["agent 2"])["inside"] == "true"


def test_no_scenario_log_tells_who_is_an_ego() -> None:
    scene = circling(steps=1)
    found = exported(replace(scene, frames=[replace(scene.frames[0], calls=None)]))
    assert not any("ego" in agent for agent in found["/steps"][0][1]["agents"])
    assert not any("ego" in told(entity) for entity in found["/agents"][0][1].entities)


def test_names_are_those_of_the_tables() -> None:
    layouts = pytest.importorskip("iai_proxy.tables.fields").LAYOUTS
    _, step = exported(circling(steps=1))["/steps"][0]
    for name in ("agents", "lights"):
        columns = {field.name for field in layouts[name].fields}
        assert {key for row in step[name] for key in row} - columns <= {"applied"}
        known = SCHEMA["properties"][name]["items"]["properties"]
        assert set(known) - columns <= {"applied"}


def test_lights_are_in_their_colour_on_their_stop_lines() -> None:
    found = exported(circling(steps=16))
    (red,), (green,) = (found["/lights"][step][1].entities for step in (0, 15))
    assert (red.id, told(red)["state"], told(green)["state"]) == ("light 100", "red", "green")
    (cube,) = red.cubes
    assert (cube.pose.position.x, cube.pose.position.y) == (22, 0)
    assert (cube.size.x, cube.size.y) == (1, 4)
    assert cube.pose.orientation.z == pytest.approx(math.sin(0.75))
    assert round(green.cubes[0].color.g * 255) == 0x9E
    assert found["/steps"][15][1]["lights"] == [{"light": 100, "state": "green"}]


def test_a_light_whose_state_is_not_known_is_grey() -> None:
    scene = circling(steps=1)
    (frame,) = scene.frames
    ((_, update),) = exported(replace(scene, frames=[replace(frame, lights=None)]))["/lights"]
    (light,) = update.entities
    assert told(light)["state"] == "not known"
    assert round(light.cubes[0].color.r * 255) == 0x8C


def test_lanes_and_signs_are_there_once_where_there_is_no_picture() -> None:
    scene = circling(steps=2)
    found = exported(scene)
    assert "/map_picture" not in found
    ((time, update),) = found["/map"]
    entities = named(update.entities)
    (line,) = entities["lanes"].lines
    border = scene.ground.borders[0]
    assert time == 0
    assert [(point.x, point.y) for point in line.points] == list(border)
    (sign,) = entities["signs"].cubes
    assert (sign.pose.position.x, sign.pose.position.y) == (-22, 0)


def picture_of(*rows: str) -> bytes:
    """A picture whose pixels are letters: R, G, B or black."""
    shades = {"R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), ".": (0, 0, 0)}
    image = Image.new("RGB", (len(rows[0]), len(rows)))
    image.putdata([shades[letter] for row in rows for letter in row])
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def cell(grid: Any, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place of the map, as a reader of the message finds it."""
    column = int((x - grid.pose.position.x) // grid.cell_size.x)
    row = int((y - grid.pose.position.y) // grid.cell_size.y)
    at = row * grid.row_stride + column * grid.cell_stride
    return tuple(grid.data[at : at + 4])


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_picture_of_the_place_lies_where_it_belongs(mirrored: bool) -> None:
    # 40 m wide around (100, -50): red in the north-west, green in the north-east
    data = picture_of("R..G", "....", "....", "B...")
    if mirrored:
        data = picture_of("G..R", "....", "....", "...B")
    ground = Ground(Picture(data, (100.0, -50.0), 40.0, mirrored))
    ((time, grid),) = exported(replace(circling(steps=2), ground=ground))["/map_picture"]
    assert (time, grid.frame_id, grid.column_count) == (0, "map", 4)
    assert [field.name for field in grid.fields] == ["red", "green", "blue", "alpha"]
    assert cell(grid, 81, -31) == (255, 0, 0, 255)
    assert cell(grid, 119, -31) == (0, 255, 0, 255)
    assert cell(grid, 81, -69) == (0, 0, 255, 255)
    assert cell(grid, 100, -50) == (0, 0, 0, 255)


def test_a_picture_with_more_pixels_than_a_viewer_can_take_is_reduced() -> None:
    image = io.BytesIO()
    Image.new("RGB", (3000, 3000)).save(image, "PNG")
    ground = Ground(Picture(image.getvalue(), (0.0, 0.0), 512.0))
    ((_, grid),) = exported(replace(circling(steps=1), ground=ground))["/map_picture"]
    assert (grid.column_count, grid.cell_size.x, len(grid.data)) == (1024, 0.5, 4 * 1024**2)


def test_findings_are_log_messages_at_the_time_of_their_first_step() -> None:
    problem = Problem(
        220, "jumps", "error", "agent 1 jumps 9 m", "Send x in metres.", 4, 7, (1,), 5
    )
    hint = replace(problem, severity="info", first=2, last=2)
    found = exported(circling(steps=9, problems=[problem, hint]))["/findings"]
    assert [(time, log.level, log.name, log.message) for time, log in found] == [
        (200_000_000, 2, "220 jumps", "agent 1 jumps 9 m (step 2). Send x in metres."),
        (400_000_000, 4, "220 jumps", "agent 1 jumps 9 m (steps 4 to 7). Send x in metres."),
    ]  # 2 is INFO and 4 ERROR
    assert found[1][1].timestamp.ToNanoseconds() == 400_000_000


def test_cameras_can_follow_egos_and_the_place_where_agents_begin() -> None:
    scene = circling(agents=2, steps=2)
    _, update = exported(scene)["/tf"][0]
    center, ego = update.transforms
    assert (center.child_frame_id, ego.child_frame_id) == ("center", "agent 0")
    assert {center.parent_frame_id, ego.parent_frame_id} == {"map"}
    # agent 0 is answered at (20, 0), agent 1 at 40 degrees of a circle of 24 m
    assert center.translation.x == pytest.approx((20 + 24 * math.cos(math.radians(40))) / 2)
    assert (ego.translation.x, ego.translation.y) == (20, 2)


def test_texts_from_outside_that_are_no_unicode_are_written_all_the_same() -> None:
    scene = circling(agents=1, steps=1, location="\ud800", source="\udcff")
    agent = Agent(0, "\ud800", 4.0, 2.0, told_kind="\ud800")
    light = ScenarioActor(100, "traffic_light", 0.0, 0.0, 0.0)
    (frame,) = scene.frames
    frame = replace(frame, lights={100: "\ud800"})
    found = exported(replace(scene, agents={0: agent}, actors=[light], frames=[frame]))
    assert found["/steps"][0][1]["agents"][0]["type"] == "\ufffd"


# What the real SDK held of a run with an ego, an agent that leaves, one that comes, two branches.


def run_of(cli: Cli, sandbox: Sandbox, *options: str) -> tuple[Messages, list[dict[str, Any]]]:
    pytest.importorskip("invertedai")
    printed = recorded(cli, sandbox.url, PROGRAM)
    done = cli.invoke("export", "mcap", "run.iairec", "-o", "run.mcap", *options)
    assert done.exit_code == 0, done.stderr
    return read((cli.folder / "run.mcap").read_bytes()), json.loads(printed.splitlines()[-1])


def test_states_are_those_that_the_sdk_held(cli: Cli, sandbox: Sandbox) -> None:
    found, written = run_of(cli, sandbox)
    steps = [values for _, values in found["/steps"]]
    assert len(steps) == 9
    for values, held in zip(steps, written, strict=False):
        states = [[agent[name] for name in ("x", "y", "heading", "speed")]
                  for agent in values["agents"]]  # fmt: skip
        assert states == held["states"]
        assert {str(light["light"]): light["state"] for light in values["lights"]} == held["lights"]
    for (_, update), held in zip(found["/agents"], written, strict=False):
        boxes = [entity.cubes[0].size for entity in update.entities]
        assert [[box.x, box.y] for box in boxes] == [size[1:3] for size in held["sizes"]]
    # the client puts the ego at (1.5 step, -2) before step 1, 2 …
    applied = [values["agents"][0].get("applied") for values in steps]
    assert [state and state["x"] for state in applied] == [*(1.5 * n for n in range(1, 9)), None]
    ((gone, deletion),) = [
        (time, update.deletions[0]) for time, update in found["/agents"] if update.deletions
    ]
    assert (gone, deletion.id) == (400_000_000, "agent 2")


def test_another_branch(cli: Cli, sandbox: Sandbox) -> None:
    found, written = run_of(cli, sandbox, "--branch", "2", "--no-findings")
    assert len(found["/steps"]) == 6
    assert "/findings" not in found
    last = found["/steps"][-1][1]["agents"]
    assert [agent["x"] for agent in last] == [state[0] for state in written[-1]["states"]]


def test_the_layout_names_topics_and_fields_that_are_there(cli: Cli, sandbox: Sandbox) -> None:
    found, _ = run_of(cli, sandbox, "--layout", "layout.json")
    written = json.loads((cli.folder / "layout.json").read_bytes())
    assert written == json.loads(layout())
    panels = written["configById"]
    assert set(panels_of(written["layout"])) == set(panels)
    steps = found["/steps"][0][1]
    for panel in panels.values():
        for path in panel.get("paths", []):
            topic, field = path["value"].split(".", 1)
            assert (topic, field.partition("[")[0] in steps) == ("/steps", True)
    camera = panels["3D!scene"]["cameraState"]
    assert (camera["phi"], camera["thetaOffset"]) == (0, 0)  # from above, north up
    topics = set(panels["3D!scene"]["topics"]) | {panels["RosOut!findings"]["topicToRender"]}
    assert topics - {"/map"} <= set(found)  # its place has a picture, so lanes are not drawn


def panels_of(part: Any) -> list[str]:
    return [part] if isinstance(part, str) else panels_of(part["first"]) + panels_of(part["second"])


def test_without_the_extra_the_command_says_what_to_install(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "foxglove", None)
    done = cli.invoke("export", "mcap", "run.iairec", "-o", "run.mcap")
    assert done.exit_code == 2
    assert done.stderr == (
        "iai-proxy: export mcap needs what is not installed: "
        "`pip install 'iai-proxy[mcap]'` adds it\n"
    )


def test_the_layout_does_not_take_the_place_of_the_run(cli: Cli) -> None:
    done = cli.invoke("export", "mcap", "run.iairec", "-o", "run.mcap", "--layout", "./run.mcap")
    assert done.exit_code == 2
    assert "--layout and -o are both run.mcap: give one of them another name" in done.stderr


def test_a_simulation_that_is_not_there_leaves_no_file(cli: Cli, sandbox: Sandbox) -> None:
    pytest.importorskip("invertedai")
    recorded(cli, sandbox.url, PROGRAM)
    done = cli.invoke("export", "mcap", "run.iairec", "-o", "run.mcap", "--sim", "9")
    assert done.exit_code == 2
    assert "run.iairec has no simulation 9" in done.stderr
    assert not list(Path(cli.folder).glob("*run.mcap*"))
