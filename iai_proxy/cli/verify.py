"""``iai-proxy verify``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from iai_proxy.cli.options import file_argument, json_option
from iai_proxy.saying import say, show, show_json


@click.command("verify")
@file_argument
@click.option(
    "--salvage",
    "destination",
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="Copy every whole call into a new recording.",
)
@click.option(
    "--secrets",
    is_flag=False,
    flag_value="",
    metavar="[KEY]...",
    help="Search it for secrets instead, in any form: all its bytes, and all that it holds. `-` "
    "reads them from standard input, a line each; none means IAI_API_KEY. (Other users see what "
    "stands on a command line.)",
)
@click.argument("more", nargs=-1, metavar="")
@json_option
def command(
    recording: Path,
    destination: Path | None,
    secrets: str | None,
    more: tuple[str, ...],
    as_json: bool,
) -> None:
    """Check that a recording is whole: the file itself, and every body against its hash.

    Exits with 1 if it is damaged, or holds a secret that was searched for; --salvage saves what is
    whole. Exits with 3 if nothing in it can be read.
    """
    if secrets is not None:
        _search(recording, _keys((secrets, *more)), as_json=as_json)
    if more:
        raise click.UsageError(f"{more[0]}: name one recording; only --secrets takes more")
    from iai_proxy.recordings import salvage, verify
    from iai_proxy.recordings.sweeping import what_is_unsearched
    from iai_proxy.report import verify_summary
    from iai_proxy.text import plural

    result = verify(recording)
    if as_json:
        listed = [
            {"place": problem.place, "message": problem.message} for problem in result.problems
        ]
        facts = {
            "file": str(recording),
            "whole": result.whole,
            "calls": result.exchanges,
            "problems": listed,
        }
        show_json(facts)
    else:
        problems = [(problem.place, problem.message) for problem in result.problems]
        for line in verify_summary(recording, result.exchanges, problems):
            show(line)
        for line in what_is_unsearched(recording) if result.whole else ():
            say(f"{line}: `iai-proxy pack {recording}` does that, with the key in IAI_API_KEY")
    if destination is not None:
        say(f"saved {plural(salvage(recording, destination), 'call')} in {destination}")
    elif not result.whole and result.exchanges and not as_json:
        say(f"`iai-proxy verify {recording} --salvage OUT` saves the intact calls")
    sys.exit(0 if result.whole else 1)


def _keys(given: tuple[str, ...]) -> list[str]:
    """Return the secrets to be searched for, from where they are."""
    keys: list[str] = []
    for text in given:
        if text == "-":
            keys += [line for line in sys.stdin.read().splitlines() if line]
        else:
            keys.append(text or os.environ.get("IAI_API_KEY", ""))
    if not all(keys) or not keys:
        raise click.UsageError("--secrets: give a key, or set IAI_API_KEY")
    return keys


def _search(recording: Path, keys: list[str], *, as_json: bool) -> NoReturn:
    """Say where secrets stand in a recording, without saying them, and end."""
    from iai_proxy.recordings.secrets_in_file import secrets_in
    from iai_proxy.text import plural

    found = list(secrets_in(recording, keys))
    if as_json:
        places = [{"secret": each.which, "place": each.place} for each in found]
        show_json({"file": str(recording), "found": places})
    elif found:
        show(f"{recording} holds secrets in {plural(len(found), 'place')}")
        for each in found:
            show(f"  secret {each.which}: {each.place}")
    else:
        show(f"{recording} holds none of {plural(len(keys), 'secret')}")
    sys.exit(1 if found else 0)
