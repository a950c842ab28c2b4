"""``iai-proxy verify --secrets``: does a recording hold a key that its user knows?"""

from __future__ import annotations

import json
import subprocess

import pytest
from support.cli import COMMAND, Cli
from support.exchanges import exchange
from support.recordings import damage_answers, write

from iai_proxy.recordings import RecordingWriter

KEY = "wIvBAaD9tkxDmXbCVeQJ"


@pytest.fixture
def recording(cli: Cli) -> str:
    write(cli.folder / "run.iairec", exchange(b"", KEY.encode().hex().encode()))
    return "run.iairec"


def test_it_says_where_a_secret_stands_but_not_the_secret(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", recording, "--secrets", "another-key", KEY)
    assert done.exit_code == 1
    assert "run.iairec holds secrets in 2 places" in done.stdout
    assert "secret 2: call 1, answer" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_it_says_that_there_is_none(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", recording, "--secrets", "another-key", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["found"] == []


@pytest.mark.parametrize("as_json", [False, True])
def test_what_it_cant_read_is_no_all_clear(cli: Cli, recording: str, as_json: bool) -> None:
    damage_answers(cli.folder / recording, 1)
    done = cli.invoke("verify", recording, "--secrets", KEY, *["--json"] * as_json)
    assert done.exit_code == 1
    if as_json:
        assert [each["place"] for each in json.loads(done.stdout)["unread"]] == ["call 1"]
    else:
        assert "run.iairec is damaged" in done.stdout
        assert "not searched: call 1: " in done.stdout
        assert "none" not in done.stdout


@pytest.mark.parametrize("at", [20_000, 41_000])
def test_a_recording_that_was_cut_short_is_no_all_clear(cli: Cli, at: int) -> None:
    calls = [exchange(b"%d" % number * 3000, KEY.encode()[::-1]) for number in range(60)]
    write(cli.folder / "run.iairec", *calls)
    with (cli.folder / "run.iairec").open("r+b") as file:
        file.truncate(at)
    done = cli.invoke("verify", "run.iairec", "--secrets", KEY)
    assert done.exit_code in {1, 3}
    assert "damaged" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["--secrets", "another-key", KEY, "run.iairec"],
        ["run.iairec", "--secrets", "another-key", KEY],
        ["--json", "run.iairec", "--secrets=another-key", KEY],
        ["--secrets=another-key", KEY, "run.iairec"],
    ],
)
def test_the_file_stands_before_or_after_the_keys(
    cli: Cli, recording: str, words: list[str]
) -> None:
    assert recording in words
    done = cli.invoke("verify", *words)
    assert done.exit_code == 1
    assert "call 1, answer" in done.stdout


def test_a_forgotten_file_does_not_have_the_key_said(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", "--secrets", "another-key", KEY)
    assert done.exit_code == 2
    assert "give FILE before --secrets" in done.stderr
    assert KEY not in done.stderr


@pytest.mark.parametrize("keys", [[""], [KEY, ""], ["  "]])
def test_an_empty_key_is_not_taken_for_another(
    cli: Cli, recording: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAI_API_KEY", "another-key")
    done = cli.invoke("verify", recording, "--secrets", *keys)
    assert done.exit_code == 2
    assert "a key is empty" in done.stderr


def test_saving_and_searching_are_two_things(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", recording, "--secrets", KEY, "--salvage", "out.iairec")
    assert done.exit_code == 2
    assert "by itself" in done.stderr


@pytest.mark.parametrize(
    ("piped", "code", "said"),
    [
        (f"{KEY} \t\r\n".encode(), 1, "secret 1: call 1, answer"),
        (f"\ufeff{KEY}".encode(), 1, "secret 1: call 1, answer"),
        (KEY.encode("utf-16-le"), 2, "holds a control character"),
        (f"{KEY}é".encode("latin-1"), 2, "bytes that are not UTF-8"),
        (b" \n", 2, "standard input holds no key"),
    ],
)
def test_keys_on_standard_input_are_lines_of_text(
    cli: Cli, recording: str, piped: bytes, code: int, said: str
) -> None:
    done = subprocess.run(
        [*COMMAND, "verify", recording, "--secrets", "-"],
        cwd=cli.folder,
        env=cli.environment,
        input=piped,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, said in (done.stdout + done.stderr).decode()) == (code, True)


def test_with_the_key_in_the_environment_the_file_may_be_last(cli: Cli, recording: str) -> None:
    done = cli.run("verify", "--secrets", recording, env={"IAI_API_KEY": KEY})
    assert done.returncode == 1
    assert "secret 1: call 1, answer" in done.stdout


def test_a_recording_that_is_being_written_is_not_sent_to_be_packed(cli: Cli) -> None:
    with RecordingWriter(cli.folder / "run.iairec") as writer:
        made = exchange(b"", b"")
        writer.append(lambda: made).result()
        done = cli.invoke("verify", "run.iairec")
    assert done.exit_code == 0
    assert "it is being written" in done.stderr
    assert "iai-proxy pack" not in done.stderr


def test_secrets_come_from_standard_input_and_from_the_environment(
    cli: Cli, recording: str
) -> None:
    piped = subprocess.run(
        [*COMMAND, "verify", recording, "--secrets", "-"],
        cwd=cli.folder,
        env=cli.environment,
        input=f"another-key\n{KEY}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert piped.returncode == 1
    assert "secret 2: call 1, answer" in piped.stdout
    from_environment = cli.run("verify", recording, "--secrets", env={"IAI_API_KEY": KEY})
    assert from_environment.returncode == 1
    assert "secret 1: call 1, answer" in from_environment.stdout


def test_none_at_all_is_a_wrong_usage(cli: Cli, recording: str) -> None:
    done = cli.run("verify", recording, "--secrets", env={"IAI_API_KEY": ""})
    assert done.returncode == 2
    assert "give a key, or set IAI_API_KEY" in done.stderr
