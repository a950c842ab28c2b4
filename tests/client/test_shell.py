"""Statements for shells: what they hold is read back, and what the user had set comes back."""

import subprocess

import pytest

from iai_proxy.client.environment import POINTING
from iai_proxy.client.shell import (
    Shell,
    export_lines,
    is_pointed,
    point_lines,
    unpoint_lines,
    unpointed,
)

AWKWARD = "it's $HOME `id` \"quoted\" \\ back\\'slash \u2019 #&|; end"


@pytest.mark.parametrize("value", ["", "plain", AWKWARD, "two\nlines"])
def test_a_posix_shell_reads_back_what_was_exported(value: str) -> None:
    script = export_lines({"IAI_TEST": value}) + 'printf %s "$IAI_TEST"'
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, check=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.stdout.decode() == value


@pytest.mark.parametrize(
    ("shell", "expected"),
    [
        ("posix", "export A=http://127.0.0.1:1\nexport B=''\n"),
        ("fish", "set -gx A 'http://127.0.0.1:1'\nset -gx B ''\n"),
        ("powershell", "$env:A = 'http://127.0.0.1:1'\n$env:B = ''\n"),
    ],
)
def test_each_shell_gets_one_statement_a_line(shell: Shell, expected: str) -> None:
    assert export_lines({"A": "http://127.0.0.1:1", "B": ""}, shell) == expected


def test_fish_and_powershell_keep_quotes_within_the_value() -> None:
    fish = """set -gx A 'it\\'s $HOME `id` "quoted" \\\\ back\\\\\\'slash \u2019 #&|; end'\n"""
    assert export_lines({"A": AWKWARD}, "fish") == fish
    powershell = """$env:A = 'it''s $HOME `id` "quoted" \\ back\\''slash \u2019\u2019 #&|; end'\n"""
    assert export_lines({"A": AWKWARD}, "powershell") == powershell


OURS = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "localhost", "SSL_CERT_FILE": "/ca"}
USERS = {"PATH": "/bin", "NO_PROXY": "intern, it's", "REQUESTS_CA_BUNDLE": "/corp.pem"}


def pointed(shell: dict[str, str]) -> dict[str, str]:
    """The variables of a shell that was pointed at a proxy."""
    script = point_lines(shell, OURS) + "env -0"
    done = subprocess.run(["sh", "-c", script], env=shell, capture_output=True, check=True)
    listed = (entry.partition("=") for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, _, value in listed if name not in ("PWD", "SHLVL", "_")}


def test_what_was_set_before_is_known_while_a_shell_is_pointed_at_a_proxy() -> None:
    assert not is_pointed(USERS)
    once = pointed(USERS)
    assert is_pointed(once)
    assert once | OURS == once
    assert unpointed(once) == unpointed(USERS) == USERS
    assert unpointed(pointed(once)) == USERS  # the second time saves nothing of ours


def test_a_shell_that_is_not_pointed_keeps_what_it_has() -> None:
    assert unpoint_lines(USERS) == ""


@pytest.mark.parametrize(
    ("shell", "restored", "gone"),
    [
        ("posix", "export NO_PROXY=mine", "unset HTTPS_PROXY"),
        ("fish", "set -gx NO_PROXY 'mine'", "set --erase --global HTTPS_PROXY"),
        (
            "powershell",
            "$env:NO_PROXY = 'mine'",
            "Remove-Item Env:HTTPS_PROXY -ErrorAction SilentlyContinue",
        ),
    ],
)
def test_each_shell_puts_back_what_it_had_and_unsets_the_rest(
    shell: Shell, restored: str, gone: str
) -> None:
    lines = unpoint_lines(pointed({"PATH": "/usr/bin:/bin", "NO_PROXY": "mine"}), shell)
    first, *others = lines.splitlines()
    assert first == restored
    assert gone in others
    assert len(others) == len(POINTING) - 1 + len(("IAI_PROXY_SAVED_NO_PROXY", "the mark"))
