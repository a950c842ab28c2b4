"""``iai-proxy label``, and what shows labels."""

from __future__ import annotations

import json

from support.cli import Cli, posting
from support.exchanges import exchange
from support.proxy import Upstreamed
from support.recordings import write

from iai_proxy.recordings import Recording


def test_labels_are_set_listed_and_removed(cli: Cli) -> None:
    write(cli.folder / "run.iairec", exchange(b"1"))
    assert cli.invoke("label", "run.iairec").stdout == "run.iairec has no labels\n"
    done = cli.invoke("label", "run.iairec", "team=planning", "note=a\x1b[2J b")
    assert (done.exit_code, done.output) == (0, "")
    assert cli.invoke("label", "run.iairec").stdout == "note=a\\x1b[2J b\nteam=planning\n"
    cli.invoke("label", "run.iairec", "note=", "--remove", "other")
    assert json.loads(cli.invoke("label", "run.iairec", "--json").stdout) == [
        {"file": "run.iairec", "labels": {"team": "planning"}}
    ]


def test_many_recordings_are_labelled_and_one_that_can_not_be_is_said(cli: Cli) -> None:
    for name in ("a=1.iairec", "b.iairec"):
        write(cli.folder / name, exchange(b"1"))
    done = cli.invoke("label", "./a=1.iairec", "none.iairec", "b.iairec", "team=planning")
    assert done.exit_code == 3
    assert "there is no recording none.iairec" in done.stderr
    listed = cli.invoke("label", "./a=1.iairec", "b.iairec").stdout
    assert listed == "a=1.iairec:\n  team=planning\nb.iairec:\n  team=planning\n"
    assert sorted(file.name for file in cli.folder.iterdir()) == ["a=1.iairec", "b.iairec"]


def test_what_is_no_label_changes_nothing(cli: Cli) -> None:
    write(cli.folder / "run.iairec", exchange(b"1"))
    for words in (["my team=x", "a=1"], ["a=1", "--remove", "a"], ["a=1", "--remove", "a b"]):
        assert cli.invoke("label", "run.iairec", *words).exit_code == 2
    assert cli.invoke("label", "team=x").exit_code == 2
    done = cli.invoke("label", "run.iairec", "a=is my-secret", env={"IAI_API_KEY": "my-secret"})
    assert done.exit_code == 2
    assert "my-secret" not in done.output
    assert cli.invoke("label", "run.iairec").stdout == "run.iairec has no labels\n"


def test_show_knows_labels(cli: Cli) -> None:
    write(cli.folder / "run.iairec", exchange(b"1"))
    assert "labels" not in cli.invoke("show", "run.iairec").stdout
    cli.invoke("label", "run.iairec", "team=planning", "model=v4")
    assert cli.invoke("show", "run.iairec").stdout.splitlines()[1] == (
        "labels: model=v4, team=planning"
    )
    facts = json.loads(cli.invoke("show", "run.iairec", "--json").stdout)
    assert facts["labels"] == {"model": "v4", "team": "planning"}


def test_record_labels_from_the_start(cli: Cli, upstream: Upstreamed) -> None:
    (cli.folder / "s.toml").write_text('[record.label]\nteam = "planning"\nmodel = "v 4"\n')
    options = ("--upstream", upstream.url, "--no-check", "-o", "run.iairec")
    labels = ("--label", "model=v5", "--label", "model=v6")
    done = cli.run("record", *options, "--config", "s.toml", "--", *posting())
    assert done.returncode == 0, done.stderr
    done = cli.run("record", *options, "--append", *labels, "--", *posting())
    assert done.returncode == 0, done.stderr
    with Recording(cli.folder / "run.iairec") as recording:
        assert recording.labels() == {"team": "planning", "model": "v6"}
    done = cli.run("record", *options, "--append", "--label", "a b=1", "--", *posting())
    assert done.returncode == 2
    assert "--label is a b=1: 'a b' is no key of a label" in done.stderr
