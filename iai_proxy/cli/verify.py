"""``iai-proxy verify``."""

from __future__ import annotations

import sys
from pathlib import Path

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
@json_option
def command(recording: Path, destination: Path | None, as_json: bool) -> None:
    """Check that a recording is whole: the file itself, and every body against its hash.

    Exits with 1 if it is damaged; --salvage then saves what is whole. Exits with 3 if nothing in it
    can be read.
    """
    from iai_proxy.recordings import salvage, verify
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
    if destination is not None:
        say(f"saved {plural(salvage(recording, destination), 'call')} in {destination}")
    elif not result.whole and result.exchanges and not as_json:
        say(f"`iai-proxy verify {recording} --salvage OUT` saves the intact calls")
    sys.exit(0 if result.whole else 1)
