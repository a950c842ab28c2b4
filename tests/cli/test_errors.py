"""What goes wrong at the start is a sentence, whichever library raised it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import Cli

from iai_proxy.client.authority import Authority

#: The command line for a user that neither HOME nor the list of users knows.
HOMELESS = """
import os, pwd
for name in [name for name in os.environ if name == "HOME" or name.startswith("XDG_")]:
    del os.environ[name]
def unknown(_):
    raise KeyError
pwd.getpwuid = pwd.getpwnam = unknown
from iai_proxy.cli import main
main()
"""


@pytest.mark.parametrize("arguments", [["ca"], ["env"], ["record", "--", "true"]])
def test_without_a_home_the_sentence_names_the_option_for_the_folder(
    cli: Cli, arguments: list[str]
) -> None:
    environment = {**cli.environment, "IAI_PROXY_CA_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, *arguments],
        cwd=cli.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no such home folder. Choose another folder with --ca-dir" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_home_of_an_unknown_user_is_no_folder(cli: Cli) -> None:
    done = cli.invoke("ca", "--ca-dir", "~no-such-user-here/ca")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no such home folder" in done.stderr


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("junk", "it has no certificate")]
)
def test_roots_for_the_upstream_that_can_not_be_read_are_told_before_any_call(
    cli: Cli, content: str | None, reason: str
) -> None:
    if content:
        (cli.folder / "roots.pem").write_text(content)
    done = cli.invoke("record", "-o", "a.iairec", "--upstream-ca", "roots.pem", "--", "true")
    assert done.exit_code == 3
    assert f"root certificates in roots.pem ({reason})" in done.stderr


def test_an_error_that_nothing_expected_is_a_sentence_too(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> Authority:
        raise RuntimeError("Something of a library.")

    monkeypatch.setattr(Authority, "ensure", fail)
    done = cli.invoke("ca")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        "iai-proxy: can't go on: Something of a library (RuntimeError); IAI_PROXY_TRACEBACK=1 "
        "shows where, if you want to report it\n"
    )
    shown = cli.invoke("ca", env={"IAI_PROXY_TRACEBACK": "1"}).stderr
    assert shown.startswith("Traceback")


def test_a_name_that_is_too_long_for_a_file_is_a_sentence(cli: Cli) -> None:
    done = cli.run("record", "-o", "a" * 300 + ".iairec", "--", "true")
    assert done.returncode == 2
    assert "File name too long" in done.stderr
    assert "Traceback" not in done.stderr
