"""``iai-proxy scrub``: what is said, and what can be chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import click
from support.cli import Cli
from support.exchanges import exchange, request, response
from support.golden import golden_run, record
from support.recordings import rows, write

from iai_proxy.api import Exchange
from iai_proxy.cli.scrub import command
from iai_proxy.recordings import Recording
from iai_proxy.scrubbing import KINDS


def call(asked: Any, answer: Any = None, endpoint: str = "drive") -> Exchange:
    body = request(json.dumps(asked).encode(), target=f"/v0/aws/m1/{endpoint}")
    return exchange(replace(body, headers=(("user-agent", "ann"),)), json.dumps(answer).encode())


def bodies(cli: Cli, name: str) -> list[Any]:
    with Recording(cli.folder / name) as recording:
        return [json.loads(made.request.body) for made in recording.exchanges()]


def test_scrub_says_what_it_removed(cli: Cli) -> None:
    answer = {"birdview": [1, 2, 3], "agent_states": [], "shade": 1}
    write(cli.folder / "run.iairec", call({"location": "town", "team": "blue"}, answer))
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "1 call scrubbed into out.iairec",
        "found in it, as before: 0 simulations, 0 steps, 0 findings",
        "renamed: 1 location",
        "removed: 1 header, 1 picture",
        "removed: 2 unknown fields, 2 times: shade, team",
    ]
    assert done.stderr == ""


def test_a_seed_tells_how_things_moved_and_no_seed_does_not(cli: Cli) -> None:
    write(cli.folder / "run.iairec", call({"location_of_interest": [1.5, 2.5]}))
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", "--seed", "7")
    told = done.stdout.splitlines()[-1]
    (body,) = bodies(cli, "out.iairec")
    x, y = (
        number + own for number, own in zip(body["location_of_interest"], (1.5, 2.5), strict=True)
    )
    assert told == f"moved: x becomes {x:.0f} - x, y becomes {y:.0f} - y (m)"
    done = cli.invoke("scrub", "run.iairec", "-o", "again.iairec")
    assert "becomes" not in done.output


def test_what_to_keep_and_to_remove_can_be_chosen(cli: Cli) -> None:
    asked = {"location": "town", "random_seed": 5, "team": "blue"}
    write(cli.folder / "run.iairec", call(asked))
    options = ("--keep", "locations", "--keep-unknown", "--remove", "random_seed")
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", *options)
    assert bodies(cli, "out.iairec") == [{"location": "town", "team": "blue"}]
    assert "removed as asked: random_seed, 1 time" in done.stdout


def test_a_field_that_no_call_has_is_told(cli: Cli) -> None:
    write(cli.folder / "run.iairec", call({"random_seed": 5}))
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", "--remove", "random-seed")
    assert done.exit_code == 0
    assert "nothing was removed for --remove random-seed: no call has such a field" in done.stderr


def test_orientations_in_degrees_are_not_turned(cli: Cli) -> None:
    record(cli.folder / "run.iairec", golden_run(220)[0])
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec")
    assert "orientations look like degrees (IAI220): coordinates are shifted" in done.stderr
    found = json.loads(cli.invoke("diagnose", "out.iairec", "--format", "json").stdout)
    assert "orientation-in-degrees" in json.dumps(found)


def test_a_copy_that_has_lost_its_simulations_is_told(cli: Cli) -> None:
    record(cli.folder / "run.iairec", golden_run(11)[0])
    options = ("--remove", "recurrent_states", "--remove", "agent_states")
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", *options)
    assert done.exit_code == 0
    assert "as before" not in done.stdout
    assert "warning: the copy has other simulations than the original: compare" in done.stderr
    assert "`iai-proxy diagnose run.iairec` and `iai-proxy diagnose out.iairec`" in done.stderr


def test_all_kinds_can_be_kept() -> None:
    (keep,) = (option for option in command.params if option.name == "keep")
    assert isinstance(keep.type, click.Choice)
    assert set(keep.type.choices) == set(KINDS)


def test_what_can_not_be_kept_is_refused_by_name(cli: Cli) -> None:
    write(cli.folder / "run.iairec", call({}))
    done = cli.invoke("scrub", "run.iairec", "-o", "out.iairec", "--keep", "names")
    assert done.exit_code == 2
    assert "'names' is not one of 'locations', 'coordinates', 'times'" in done.stderr


def test_what_is_no_recording_can_not_be_scrubbed(cli: Cli) -> None:
    (cli.folder / "debug.json").write_text("{}")
    assert cli.invoke("scrub", "debug.json", "-o", "out.iairec").exit_code == 3
    assert cli.invoke("scrub", "none.iairec", "-o", "out.iairec").exit_code == 3
    assert not (cli.folder / "out.iairec").exists()


def test_the_original_stays_as_it_is(cli: Cli) -> None:
    write(cli.folder / "run.iairec", call({"location": "town"}), exchange(answer=response(b"{}")))
    before = (cli.folder / "run.iairec").read_bytes()
    cli.invoke("scrub", "run.iairec", "-o", "out.iairec")
    assert (cli.folder / "run.iairec").read_bytes() == before
    assert rows(cli.folder / "out.iairec", "SELECT count(*) FROM exchange") == [(2,)]
