"""The client's command stands after ``--``; without that, a sentence shows where it goes."""

from __future__ import annotations

import pytest
from support.cli import Cli, python
from support.recordings import write


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("record -o a.iairec python x.py", "record -o a.iairec -- python x.py"),
        ("record python x.py --fast", "record -- python x.py --fast"),
        ("record -o python python -c x", "record -o python -- python -c x"),
        ("record python x.py -- --fast", "record -- python x.py -- --fast"),
        ("replay a.iairec python x.py --seed 3", "replay a.iairec -- python x.py --seed 3"),
        (
            "replay a.iairec --match exact python x.py",
            "replay a.iairec --match exact -- python x.py",
        ),
    ],
)
def test_a_client_without_dashes_is_refused_with_the_line_that_was_meant(
    cli: Cli, given: str, meant: str
) -> None:
    done = cli.invoke(*given.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Error: put -- before the client's command: iai-proxy {meant}\n" in done.stderr


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ("record python -o x.iairec my_sim.py", "record OPTIONS -- python …"),
        ("record python my_sim.py --output=x.iairec", "record OPTIONS -- python …"),
        ("replay run.iairec python my_sim.py --fail-on-miss", "replay OPTIONS -- python …"),
    ],
)
def test_options_of_ours_behind_the_client_are_not_given_to_it(
    cli: Cli, given: str, begins: str
) -> None:
    command, *arguments = given.split()
    done = cli.invoke(command, *arguments)
    assert done.exit_code == 2
    own = f"iai-proxy {command}'s own options before the --: iai-proxy {begins}\n"
    assert f"Error: put -- before the client's command, and {own}" in done.stderr


@pytest.mark.parametrize("given", ["record -o a.iairec --", "replay a.iairec --", "record --"])
@pytest.mark.parametrize("client", [[], [""], ["", "x.py"]])
def test_dashes_without_a_command_start_no_proxy_that_no_one_will_stop(
    cli: Cli, given: str, client: list[str]
) -> None:
    """As in a script whose variable is not set: ``-- $CLIENT``."""
    done = cli.invoke(*given.split(), *client)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: there is no command after --" in done.stderr
    assert not (cli.folder / "a.iairec").exists()


def test_a_recording_without_its_flag_is_no_client(cli: Cli) -> None:
    done = cli.invoke("record", "x2.iairec")
    assert done.exit_code == 2
    assert "Error: did you mean -o x2.iairec?\n" in done.stderr


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("run.iairec", ": say one of debug-log, scenario"),
        ("debuglog", " (did you mean 'debug-log'?)"),
    ],
)
def test_a_word_that_is_no_format_to_export_is_answered_with_those_there_are(
    cli: Cli, given: str, hint: str
) -> None:
    done = cli.invoke("export", given, "-o", "out")
    assert done.exit_code == 2
    assert f"Error: {given!r} is no format to export{hint}" in done.stderr


@pytest.mark.parametrize(
    "given", ["record --outptu a.iairec -- true", "replay a.iairec --mach exact"]
)
def test_an_option_of_ours_that_is_misspelled_is_another_mistake(cli: Cli, given: str) -> None:
    done = cli.invoke(*given.split())
    assert done.exit_code == 2
    assert "No such option" in done.stderr
    assert "put --" not in done.stderr


def test_what_follows_the_dashes_is_the_clients_whatever_it_looks_like(cli: Cli) -> None:
    client = [*python("import sys; print(sys.argv[1:])"), "--listen", "nonsense", "--", "-o"]
    done = cli.run("record", "-o", "a.iairec", "--", *client)
    assert (done.returncode, done.stdout) == (0, "['--listen', 'nonsense', '--', '-o']\n")


@pytest.mark.parametrize("command", ["record", "replay"])
def test_a_client_that_does_not_exist_is_all_that_is_said(cli: Cli, command: str) -> None:
    recorded = ["a.iairec"] if command == "replay" else ["-o", "b.iairec"]
    write(cli.folder / "a.iairec")
    done = cli.run(command, *recorded, "--", "no-such-command")
    assert done.returncode == 127
    _, last = done.stderr.splitlines()
    assert last == "iai-proxy: no-such-command: no such command"
    assert not (cli.folder / "b.iairec").exists()
