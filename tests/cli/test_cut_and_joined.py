"""``trim``, ``merge`` and ``copy``: what they say, and refuse."""

from __future__ import annotations

from support.cli import Cli
from support.recordings import WAITING_WRITER, change, python, write
from support.runs import exchanges_of, record
from support.worlds import World


def two_runs(cli: Cli) -> None:
    world = World()
    for count in (3, 4):
        agents = world.initialize(count)
        for _ in range(3):
            agents = world.drive(agents)
    record(cli.folder / "run.iairec", exchanges_of(world))


def test_trim_says_which_steps_are_where_now(cli: Cli) -> None:
    two_runs(cli)
    done = cli.invoke("trim", "run.iairec", "--sim", "2", "--sim", "1", "--steps", "1:2", "-o", "o")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "4 of 8 calls kept in o",
        "simulation 1, steps 1 to 2: now simulation 1, steps 0 to 1",
        "simulation 2, steps 1 to 2: now simulation 2, steps 0 to 1",
    ]
    assert cli.invoke("trim", "run.iairec", "--sim", "1,2", "-o", "all").exit_code == 0


def test_trim_refuses_what_it_can_not_mean(cli: Cli) -> None:
    two_runs(cli)
    for options, said in (
        ((), "say what to keep"),
        (("--sim", "x"), "--sim x: give the number of a simulation"),
        (("--sim", "1,2", "--branch", "1"), "--branch is of one simulation"),
        (("--sim", "1", "--branch", "2"), "simulation 1 has no branch 2: it has 1 branch"),
        (("--steps", "1:2"), "has 2 simulations: say which to keep"),
        (("--sim", "1", "--steps", "2:1"), "--steps 2:1 is reversed"),
    ):
        done = cli.invoke("trim", "run.iairec", *options, "-o", "o.iairec")
        assert done.exit_code == 2
        assert said in done.stderr
    assert not (cli.folder / "o.iairec").exists()


def test_merge_says_what_became_of_each_recording(cli: Cli) -> None:
    two_runs(cli)
    for number in ("1", "2"):
        cli.invoke("trim", "run.iairec", "--sim", number, "-o", f"{number}.iairec")
        cli.invoke("label", f"{number}.iairec", f"model=v{number}")
    done = cli.invoke("merge", "2.iairec", "1.iairec", "-o", "o.iairec")
    assert done.stdout.splitlines() == [
        "8 calls, 2 simulations, 8 steps in o.iairec",
        "  1.iairec: 4 calls, now simulation 1",
        "  2.iairec: 4 calls, now simulation 2",
    ]
    assert "the label model is left out, as the recordings differ ('v1', 'v2')" in done.stderr
    done = cli.invoke("merge", "1.iairec", "1.iairec", "-o", "p.iairec")
    assert (done.exit_code, "named twice counts once" in done.stderr) == (2, True)


def test_copy_says_how_much_it_copied(cli: Cli) -> None:
    two_runs(cli)
    (cli.folder / "copies").mkdir()
    done = cli.invoke("copy", "run.iairec", "copies")
    assert done.stdout.startswith("8 calls copied to copies/run.iairec (")
    done = cli.invoke("copy", "run.iairec", "copies")
    assert (done.exit_code, "exists: give OUT another name" in done.stderr) == (2, True)


def test_a_missing_log_is_said_once_by_what_opens_the_recording(cli: Cli) -> None:
    write(cli.folder / "run.iairec")
    with python(WAITING_WRITER, cli.folder / "new.iairec", 1) as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()
    change(cli.folder / "new.iairec", "DELETE FROM derived")  # which folds the log in
    for command in ("show", "verify", "diagnose"):
        done = cli.invoke(command, "new.iairec")
        assert done.exit_code == 0
        assert done.stderr.count("was not closed, and there is no new.iairec-wal beside it") == 1
        assert "was not closed" not in cli.invoke(command, "run.iairec").stderr
