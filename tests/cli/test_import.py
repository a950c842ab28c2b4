"""``iai-proxy import``: what it says, and that what it makes replays."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.cli import Cli

from iai_proxy.cli import group
from iai_proxy.sandbox.server import spawned_sandbox

PLAIN = """
import hashlib, random
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
info = iai.location_info(location, rendering_fov=100)
seed = random.randint(1, 10**6)
response = iai.initialize(location, random_seed=seed, get_infractions=True,
    agent_properties=[AgentProperties(agent_type="car") for _ in range(10)])
properties = response.agent_properties
seen = hashlib.sha256(info.model_dump_json().encode())
for _ in range(10):
    seen.update(response.model_dump_json().encode())
    response = iai.drive(location, agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        get_infractions=True, random_seed=seed)
seen.update(response.model_dump_json().encode())
print(seen.hexdigest())
"""


def run(log: Path, out: Path) -> Result:
    return CliRunner().invoke(group, ["import", str(log), "-o", str(out)])


def test_a_logged_run_replays_offline_to_the_last_bit(cli: Cli) -> None:
    pytest.importorskip("invertedai")
    (cli.folder / "program.py").write_text(PLAIN)
    client = [sys.executable, "program.py"]
    with spawned_sandbox() as sandbox:
        logging = {
            "IAI_LOGGER_PATH": str(cli.folder / "logs"),
            "IAI_DEV": "1",
            "IAI_DEV_URL": sandbox.url,
        }
        logged = cli.run(
            "record", "-o", "truth.iairec", "--upstream", sandbox.url, "--", *client, env=logging
        )
    assert logged.returncode == 0, logged.stderr
    (log,) = (cli.folder / "logs").glob("*.json")
    made = run(log, cli.folder / "run.iairec")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("12 calls imported into ")
    again = cli.run(
        "replay", "run.iairec", "--fail-on-miss", "--", *client, env={"IAI_API_KEY": "a-key"}
    )
    assert again.returncode == 0, again.stderr
    assert again.stdout == logged.stdout
    assert "every recorded answer was used" in again.stderr


def test_counts_stand_in_one_line_each_and_problems_are_warnings(tmp_path: Path) -> None:
    request = json.dumps({"location": "l", "agent_states": [[0, 0, 0, 1]]})
    log = {
        "drive_requests": [request, request.replace("0, 0, 0", "9, 0, 0"), "no JSON"],
        "drive_responses": [
            json.dumps({"agent_states": [[9.1, 0, 0, 1]]}),
            json.dumps({"agent_states": []}),
        ],
        "blame_requests": ["{}"],
    }
    (tmp_path / "log.json").write_text(json.dumps(log))
    result = run(tmp_path / "log.json", tmp_path / "out.iairec")
    assert result.exit_code == 3  # as for `diagnose`: a part could not be read
    assert result.stdout.splitlines() == [
        f"2 calls imported into {tmp_path / 'out.iairec'}",
        "1 wrong pair repaired",
        "1 request without a response in the log",
        "1 response left out: no request in the log fits",
    ]
    assert "iai-proxy: warning: drive request 3 is no JSON: left out" in result.stderr
    assert (
        "iai-proxy: warning: blame entries are no calls of the SDK: they were left out"
        in result.stderr
    )
    assert "by position" not in result.stderr


def test_the_exit_code_is_3_for_what_can_not_be_read_and_2_for_a_file_in_the_way(
    cli: Cli,
) -> None:
    (cli.folder / "log.json").write_text("no log")
    done = cli.invoke("import", "log.json", "-o", "out.iairec")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith(
        "iai-proxy: log.json is not a debug log: it begins with 'no log', not with '{'"
    )
    (cli.folder / "log.json").write_text('{"drive_requests": [], "drive_responses": []}')
    (cli.folder / "out.iairec").write_text("there")
    again = cli.invoke("import", "log.json", "-o", "out.iairec")
    assert again.exit_code == 2
    assert again.stderr.startswith("iai-proxy: out.iairec exists: give -o another name")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("log.json", '{"drive_requests": [], "drive_responses": []}', "0 wrong pairs repaired"),
        (
            "x.har",
            '{"log": {"version": "1.2", "entries": [{"request": {"method": "GET", '
            '"url": "http://127.0.0.1:38101/v0/aws/m1/test", "headers": []}, "response": '
            '{"status": 200, "headers": [], "content": {}}, '
            '"startedDateTime": "2026-01-01T00:00:00Z"}]}}',
            "if 127.0.0.1:38101 stood in for the API, import with --host 127.0.0.1:38101",
        ),
    ],
)
def test_where_nothing_is_imported_no_file_is_in_the_way_of_the_next_try(
    cli: Cli, name: str, text: str, said: str
) -> None:
    (cli.folder / name).write_text(text)
    for _ in range(2):
        done = cli.invoke("import", name, "-o", "out.iairec")
        assert done.exit_code == 1
        assert (done.stdout.splitlines()[0], done.stdout.splitlines()[-1]) == (
            "0 calls imported",
            said,
        )
        assert done.stderr.endswith("nothing to import was found: there is no out.iairec\n")
        assert [path.name for path in cli.folder.iterdir()] == [name]
