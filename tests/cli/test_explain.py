"""``iai-proxy explain`` as its users run it."""

from __future__ import annotations

import json

import pytest
from support.cli import Cli


def test_a_check_is_named_by_its_number_its_code_or_its_name(cli: Cli) -> None:
    words = ("11", "011", "IAI011", "iai11", "agent-state-modified", "Agent-State-Modified")
    shown = {cli.invoke("explain", word).stdout for word in words}
    assert len(shown) == 1
    said = shown.pop()
    assert said.startswith(
        "IAI011 agent-state-modified (warning)\n\nAn agent's state is not the one"
    )
    titles = [line for line in said.splitlines()[3:] if line and not line.startswith(" ")]
    assert titles == ["Why", "Example", "Fix", "In short"]


def test_without_a_code_all_are_listed_and_json_has_the_same(cli: Cli) -> None:
    listed = json.loads(cli.invoke("explain", "--json").stdout)
    codes = [f"IAI{check['code']:03d}" for check in listed]
    assert "IAI011" in codes
    table = cli.invoke("explain", env={"COLUMNS": "200"}).stdout.splitlines()
    assert [line.split()[0] for line in table if line.startswith("IAI")] == codes


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "22",
            "there is no check 22; close ones are 11 (agent-state-modified), "
            "20 (recurrent-index-changed), 21 (recurrent-state-modified)",
        ),
        (
            "agent-state-modifed",
            "'agent-state-modifed' is neither the code nor the name of a check "
            "(did you mean 'agent-state-modified'?): "
            "`iai-proxy explain` lists them",
        ),
        (
            "seed",
            "'seed' is neither the code nor the name of a check "
            "(seed-constant or seed-absent or seed-drawn?): "
            "`iai-proxy explain` lists them",
        ),
        (
            "zzz",
            "'zzz' is neither the code nor the name of a check: `iai-proxy explain` lists them",
        ),
    ],
)
def test_an_unknown_check_is_wrong_usage_and_close_ones_are_named(
    word: str, sentence: str, cli: Cli
) -> None:
    done = cli.invoke("explain", word)
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"iai-proxy: {sentence}\n")
