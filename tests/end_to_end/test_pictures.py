"""Pictures of an offline run look like the live ones, in the SDK's own eyes."""

from __future__ import annotations

import sys

import pytest
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

pytest.importorskip("invertedai")

#: Draws a log as the SDK does, in pictures of some fields of view.
VISUALIZE = """
import sys
import numpy as np, matplotlib
matplotlib.use("agg")
import invertedai as iai
from invertedai.common import AgentProperties
from PIL import Image
location = "canada:drake_street_and_pacific_blvd"
response = iai.initialize(location, random_seed=3,
    agent_properties=[AgentProperties(agent_type="car")] * 5)
writer = iai.LogWriter()
writer.initialize(location=location, location_info_response=iai.location_info(location),
    init_response=response)
properties = response.agent_properties
for seed in range(2):
    response = iai.drive(location, agent_states=response.agent_states, random_seed=seed,
        agent_properties=properties, recurrent_states=response.recurrent_states)
    writer.drive(drive_response=response)
for fov in map(int, sys.argv[1].split(",")):
    writer.visualize_range((0, 2), gif_path=f"{fov}.gif", fov=fov, resolution=(300, 300), dpi=60)
    image = np.asarray(Image.open(f"{fov}.gif").convert("RGB"))
    print(image.shape[0], image.shape[1], image.tobytes().hex())
"""

DRIVE = """
import sys
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
response = iai.initialize(location, random_seed=3,
    agent_properties=[AgentProperties(agent_type="car")] * 5)
x, y, fov = map(float, sys.argv[1].split(","))
response = iai.drive(location, agent_states=response.agent_states, random_seed=1,
    agent_properties=response.agent_properties, recurrent_states=response.recurrent_states,
    get_birdview=True, rendering_center=(x, y), rendering_fov=fov)
print(response.birdview.decode().tobytes().hex())
"""


def pixels(line: str) -> bytes:
    return bytes.fromhex(line.rsplit(maxsplit=1)[-1])


def difference(one: str, other: str) -> float:
    """The mean difference of two pictures, of 255."""
    first, second = pixels(one), pixels(other)
    assert len(first) == len(second)
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


def replayed(cli: Cli, *arguments: str) -> tuple[list[str], str]:
    client = [sys.executable, "program.py", *arguments]
    done = cli.run("replay", "run.iairec", "--fail-on-miss", "--", *client, timeout_s=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(), done.stderr


def test_the_sdks_visualization_of_an_offline_run_looks_like_the_live_one(
    cli: Cli, sandbox: Sandbox
) -> None:
    live = recorded(cli, sandbox.url, VISUALIZE, "100,200").splitlines()
    recorded(cli, sandbox.url, VISUALIZE, "300")
    offline, said = replayed(cli, "100,200")
    other = difference(live[0], live[1])
    for one, wanted in zip(offline, live, strict=True):
        assert difference(one, wanted) < other / 4
    assert "100 m around" in said
    assert "grey" not in said


def test_a_birdview_of_another_frame_is_cut_out_of_the_recorded_one(
    cli: Cli, sandbox: Sandbox
) -> None:
    live = recorded(cli, sandbox.url, DRIVE, "10,5,100").splitlines()
    whole = recorded(cli, sandbox.url, DRIVE, "0,0,220").splitlines()
    offline, said = replayed(cli, "10,5,100")
    assert difference(offline[0], live[0]) < difference(whole[0], live[0]) / 3
    assert "picture of canada:drake_street_and_pacific_blvd, 100 m around (10, 5)" in said
