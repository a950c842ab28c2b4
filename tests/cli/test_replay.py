"""``iai-proxy replay``: wrong usage, exit codes, ``--explain``, settings, the last lines."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from support.cli import Cli, posting, python
from support.proxy import Upstreamed

POSTS = """
import requests
for body in {bodies!r}:
    url = "https://api.inverted.ai/v0/aws/m1/" + body.pop("to", "drive")
    answer = requests.post(url, json=body)
    print(answer.status_code, answer.text)
"""


def asking(*bodies: dict[str, object]) -> list[str]:
    """A client command that posts these bodies; ``to`` names another endpoint."""
    return list(python(POSTS.format(bodies=list(bodies))))


def driving(n: int) -> dict[str, object]:
    """A body that can be read as a call of drive, which those recorded can't."""
    return {"n": n, "agent_states": [], "agent_properties": [], "recurrent_states": []}


@pytest.fixture(scope="module")
def recorded(
    tmp_path_factory: pytest.TempPathFactory, ca_folder: Path, shared_folder: Path
) -> bytes:
    """A recording of the calls ``{"n": 0}`` and ``{"n": 1}``."""
    from support.proxy import counting_server

    cli = Cli(tmp_path_factory.mktemp("recorded"), ca_folder, shared_folder)
    with counting_server() as upstream:
        done = cli.run("record", "-o", "run.iairec", "--upstream", upstream.url, "--", *posting(2))
    assert done.returncode == 0, done.stderr
    return (cli.folder / "run.iairec").read_bytes()


@pytest.fixture
def run(cli: Cli, recorded: bytes) -> Cli:
    (cli.folder / "run.iairec").write_bytes(recorded)
    return cli


# Wrong usage


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--tolerance", "-0.5"], "--tolerance is -0.5: give a number from 0"),
        (
            ["--fault", "drive:drop", "--fault", "drive"],
            "--fault is drive: it does not say what happens",
        ),
        (["--match", "fuzzy"], "--match is fuzzy: give exact, seedless, step or nearest"),
        (
            ["--listen", "none"],
            "--listen none leaves nothing to listen on: give --reverse-listen HOST:PORT as well",
        ),
    ],
)
def test_wrong_usage_is_told_in_a_sentence_and_no_client_is_started(
    run: Cli, flags: list[str], said: str
) -> None:
    done = run.invoke("replay", "run.iairec", *flags, "--", "touch", "started")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert not (run.folder / "started").exists()


def test_a_file_that_can_not_be_read_is_another_exit_code(cli: Cli) -> None:
    done = cli.invoke("replay", "none.iairec", "--", "touch", "started")
    assert (done.exit_code, done.stderr) == (3, "iai-proxy: there is no recording none.iairec\n")
    (cli.folder / "text.iairec").write_text("hello")
    assert cli.invoke("replay", "text.iairec", "--", "touch", "started").exit_code == 3
    assert not (cli.folder / "started").exists()


# Exit codes and what is said


def test_a_run_that_is_all_there_ends_well_and_says_how_it_was_matched(run: Cli) -> None:
    done = run.run(
        "replay",
        "run.iairec",
        "--fail-on-miss",
        "--fail-on-unused",
        "--",
        *asking({"n": 0}, {"n": 1}),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == '200 {"path":"/drive"}\n' * 2
    assert "replaying run.iairec: 2 calls, match level: step" in done.stderr
    assert "served 2 calls (2 exact)" in done.stderr
    assert "every recorded answer was used" in done.stderr


def test_a_miss_and_an_unused_answer_fail_only_what_asked_for_it(run: Cli) -> None:
    client = asking({"n": 1}, {"n": 7})
    for flags, code in (([], 0), (["--fail-on-miss"], 1), (["--fail-on-unused"], 1)):
        done = run.run("replay", "run.iairec", *flags, "--", *client)
        assert done.returncode == code, done.stderr
    assert "1 miss:\n" in done.stderr
    assert "never used: 1 recorded call (drive 1)" in done.stderr


def test_the_clients_own_failure_comes_first(run: Cli) -> None:
    done = run.run("replay", "run.iairec", "--fail-on-unused", "--", "sh", "-c", "exit 7")
    assert done.returncode == 7
    assert "never used: 2 recorded calls (drive 1-2)" in done.stderr
    assert "no request came" in done.stderr


def test_a_distinct_miss_is_said_once(run: Cli) -> None:
    done = run.run("replay", "run.iairec", "--", *asking(driving(7), driving(7), driving(8)))
    at_once, at_the_end = done.stderr.split("3 misses:")
    for part in (at_once, at_the_end):
        told = re.findall(r"no recorded answer to POST /drive: .* n is (\d)", part)
        assert told == ["7", "8"]


def test_explain_writes_every_distinct_miss_as_json(run: Cli) -> None:
    client = asking(driving(7), driving(7), {"to": "blame"})
    done = run.run("replay", "run.iairec", "--explain", "--", *client)
    lines = done.stdout.splitlines(keepends=True)
    drive, blame = json.loads("".join(lines[3:]))
    differing = drive.pop("differences")
    assert differing[0] == {"field": "n", "place": "n", "present": "7", "recorded": "0"}
    assert drive == {
        "kind": "request",
        "endpoint": "drive",
        "method": "POST",
        "path": "/drive",
        "simulation": None,
        "step": None,
        "reason": "is not in the recording",
        "nearest": 1,
        "accepted_by": None,
        "message": drive["message"],
        "count": 2,
    }
    assert lines[0] == f"404 iai-proxy: {drive['message']}\n"
    assert (blame["kind"], blame["nearest"], blame["count"]) == ("endpoint", None, 1)
    assert set(blame) == {*drive, "differences"}
    assert "`iai-proxy call run.iairec 1` shows the recorded call" in drive["message"]


def test_explain_without_a_miss_is_an_empty_list(run: Cli) -> None:
    assert json.loads(run.run("replay", "run.iairec", "--explain", "--", "true").stdout) == []


def test_explain_writes_into_a_file_since_standard_output_is_the_clients(run: Cli) -> None:
    done = run.run("replay", "run.iairec", "--explain", "m.json", "--", *asking({"n": 7}))
    assert len(done.stdout.splitlines()) == 1
    (miss,) = json.loads((run.folder / "m.json").read_text())
    assert (miss["endpoint"], miss["count"]) == ("drive", 1)
    assert "wrote 1 distinct miss to m.json" in done.stderr


def test_a_recording_behind_explain_is_the_one_to_replay_and_never_replaced(run: Cli) -> None:
    done = run.run("replay", "--explain", "run.iairec", "--", "true")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    before = (run.folder / "run.iairec").read_bytes()
    refused = run.invoke("replay", "run.iairec", "--explain", "run.iairec", "--", "true")
    assert refused.exit_code == 2
    assert (
        "run.iairec is a recording, which can't be made again: give --explain another name"
        in refused.stderr
    )
    assert (run.folder / "run.iairec").read_bytes() == before


@pytest.mark.parametrize(("value", "printed"), [("1", "[]\n"), ("0", ""), ("m.json", "")])
def test_the_variable_for_explain_takes_a_truth_value_or_a_file(
    run: Cli, value: str, printed: str
) -> None:
    done = run.run("replay", "run.iairec", "--", "true", env={"IAI_PROXY_EXPLAIN": value})
    assert done.stdout == printed
    assert (run.folder / "m.json").exists() is (value == "m.json")


def test_a_client_that_draws_its_requests_draws_them_again(cli: Cli, upstream: Upstreamed) -> None:
    client = python(
        "import random, requests; "
        "requests.post('https://api.inverted.ai/v0/aws/m1/drive', json={'n': random.random()})"
    )
    seeded = ("--python-seed", "5", "--", *client)
    cli.run("record", "-o", "run.iairec", "--upstream", upstream.url, *seeded)
    assert cli.run("replay", "run.iairec", "--fail-on-miss", *seeded).returncode == 0
    refused = cli.invoke("replay", "run.iairec", "--python-seed", "5")
    assert refused.exit_code == 2
    assert "--python-seed seeds the client command, and there is none" in refused.stderr


def test_the_command_that_a_miss_names_works(run: Cli) -> None:
    done = run.run("replay", "run.iairec", "--", *asking(driving(7)))
    found = re.search(r"`iai-proxy (call run.iairec \d+)`", done.stderr)
    assert found
    assert run.run(*found[1].split()).returncode == 0


# Faults, latency, hybrid


def test_a_fault_is_met_and_counted(run: Cli) -> None:
    client = asking({"n": 0}, {"n": 1})
    done = run.run(
        "replay",
        "run.iairec",
        "--fault",
        "drive:step=2:status=400",
        "--fail-on-miss",
        "--",
        *client,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        '200 {"path":"/drive"}',
        '400 {"detail":"injected by --fault drive:step=2:status=400"}',
    ]  # fmt: skip
    assert "1 call got an injected fault" in done.stderr


@pytest.mark.parametrize("latency", ["recorded", "0"])
def test_every_way_to_say_the_latency_is_understood(run: Cli, latency: str) -> None:
    done = run.run(
        "replay", "run.iairec", "--latency", latency, "--fail-on-miss", "--", *asking({"n": 0})
    )
    assert done.returncode == 0, done.stderr


def test_answers_are_as_late_as_the_factor_says(cli: Cli, upstream: Upstreamed) -> None:
    def slow(_: str) -> tuple[int, dict[str, str], bytes]:
        time.sleep(0.1)
        return 200, {}, b"{}"

    upstream.answer = slow
    cli.run("record", "-o", "run.iairec", "--upstream", upstream.url, "--", *posting(1))
    timed = (
        "import time; begun = time.monotonic()"
        + POSTS.format(bodies=[{"n": 0}])
        + "print(time.monotonic() - begun)"
    )
    done = cli.run("replay", "run.iairec", "--latency", "8", "--", *python(timed))
    assert float(done.stdout.splitlines()[-1]) >= 0.8


def test_what_is_forwarded_is_named_and_still_a_miss(run: Cli, upstream: Upstreamed) -> None:
    flags = ["--on-miss", "forward", "--upstream", upstream.url, "--fail-on-miss"]
    done = run.run("replay", "run.iairec", *flags, "--", *asking({"n": 0}, {"n": 7}))
    assert done.returncode == 1
    assert done.stdout == '200 {"path":"/drive"}\n' * 2
    assert [json.loads(body) for _, _, body in upstream.requests] == [{"n": 7}]
    assert "1 miss: the API answered 1 (1 drive)" in done.stderr
    assert "The API answers it" in done.stderr


def test_an_api_that_can_not_be_reached_is_said_once_and_has_answered_nothing(run: Cli) -> None:
    nowhere = "http://127.0.0.1:1"
    flags = ["--on-miss", "forward", "--upstream", nowhere]
    done = run.run("replay", "run.iairec", *flags, "--", *asking({"n": 7}, {"n": 8}))
    assert [line[:3] for line in done.stdout.splitlines()] == ["502", "502"]
    assert done.stderr.count(f"iai-proxy: no answer from {nowhere}") == 1
    assert "2 misses: the API answered 0" in done.stderr


def test_what_was_never_reached_is_said(run: Cli) -> None:
    flags = ["--until-step", "30", "--fault", "drive:step=30:drop", "--fault", "drive:delay=1ms"]
    done = run.run("replay", "run.iairec", *flags, "--", *asking({"n": 0}, {"n": 1}))
    assert "step 30 was never reached: the recording has " in done.stderr
    assert (
        "--fault drive:step=30:drop never happened: the client made 2 calls of drive" in done.stderr
    )
    assert "delay=" not in done.stderr


def test_an_upstream_without_a_use_is_told_and_never_reached(
    run: Cli, upstream: Upstreamed
) -> None:
    done = run.run("replay", "run.iairec", "--upstream", upstream.url, "--", *asking({"n": 7}))
    assert (
        "--upstream has no effect: without --on-miss or --until-step nothing is sent there"
        in done.stderr
    )
    assert done.stdout.startswith("404 ")
    assert upstream.connections == 0


# Settings


def test_every_flag_has_a_key_in_the_settings_file(run: Cli, upstream: Upstreamed) -> None:
    (run.folder / "settings.toml").write_text(
        f"""
[replay]
match = "exact"
ignore = ["n"]
tolerance = 1
on-miss = "forward"
until-step = 3
latency = "0"
fault = ["drive:step=3:status=400"]
explain = true
fail-on-miss = true
fail-on-unused = true
upstream = "{upstream.url}"
listen = "127.0.0.1:0"
verbose = false
"""
    )
    client = asking({"n": 0}, {"n": 7}, {"n": 1})
    done = run.run("replay", "run.iairec", "--config", "settings.toml", "--", *client)
    assert done.returncode == 1
    assert "match level: exact" in done.stderr
    assert "1 miss: the API answered 1" in done.stderr
    assert "1 call got an injected fault" in done.stderr
    assert json.loads("".join(done.stdout.splitlines()[3:]))[0]["accepted_by"] == "--match seedless"
    # and a flag stands above it
    above = run.run(
        "replay", "run.iairec", "--config", "settings.toml", "--match", "seedless", "--", *client
    )
    assert "served 2 calls (1 exact, 1 seedless)" in above.stderr


def test_flags_can_be_set_by_the_environment(run: Cli) -> None:
    environment = {
        "IAI_PROXY_MATCH": "exact",
        "IAI_PROXY_FAIL_ON_MISS": "1",
        "IAI_PROXY_FAULT": "test:drop",
    }
    done = run.run("replay", "run.iairec", "--", *asking({"n": 7}), env=environment)
    assert done.returncode == 1
    assert "match level: exact" in done.stderr


# No one reads what is said


@pytest.mark.parametrize("flags", [["--verbose"], []])
def test_a_replay_goes_on_when_no_one_reads_what_it_says(run: Cli, flags: list[str]) -> None:
    client = asking({"n": 0}, driving(7), {"n": 1})
    for code in (0, 1):
        fail = ["--fail-on-miss"] if code else []
        done = run.run_unread("replay", "run.iairec", *flags, *fail, "--", *client)
        assert [line[:3] for line in done.stdout.splitlines()] == ["200", "404", "200"]
        assert done.returncode == code


def test_a_recorder_goes_on_when_no_one_reads_what_it_says(cli: Cli) -> None:
    from support.proxy import counting_server

    with counting_server() as upstream:
        arguments = ("-o", "new.iairec", "--upstream", upstream.url, "--", *posting(2))
        done = cli.run_unread("record", *arguments)
    assert done.returncode == 0
    assert done.stdout.count("200 ") == 2
