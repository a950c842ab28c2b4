"""``iai-proxy verify``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from iai_proxy.cli.many import (
    each_of,
    end,
    named_error,
    result_of,
    sole_elsewhere,
    sole_file,
    unless_seen,
)
from iai_proxy.cli.options import json_option
from iai_proxy.cli.reading import local_copy, shown_name
from iai_proxy.cli.workers import workers_options
from iai_proxy.saying import say, show, show_json, show_json_array

if TYPE_CHECKING:
    from iai_proxy.jobs import Workers
    from iai_proxy.recordings.verify import Verification
    from iai_proxy.recordings.wholeness import Problem
    from iai_proxy.sources import Source

#: What ``--secrets`` is if no key follows it: no argument of a command can hold it.
_NO_KEY: Final = "\0"
#: Whether FILE stands before ``--secrets``.
_FILE_FIRST: Final = "iai_proxy.file_first"


class _Command(click.Command):
    """Knows in which order FILE and the keys are given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        before = takewhile(lambda word: not word.startswith("--secrets"), args)
        ctx.meta[_FILE_FIRST] = any(not word.startswith("-") for word in before)
        return super().parse_args(ctx, args)


@click.command("verify", cls=_Command)
@click.argument("words", nargs=-1, metavar="FILE|DIR|GLOB|URL…")
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
    flag_value=_NO_KEY,
    metavar="[KEY]...",
    help="Search it for secrets instead, in any form: all its bytes, and all that it holds. `-` "
    "reads them from standard input, a line each; none means IAI_API_KEY. (Other users see what "
    "stands on a command line.)",
)
@json_option
@workers_options
def command(
    words: tuple[str, ...],
    destination: Path | None,
    secrets: str | None,
    as_json: bool,
    on: Workers,
) -> None:
    """Check that a recording is whole: the file itself, and every body against its hash.

    Exits with 1 if it is damaged, or holds a secret that was searched for; --salvage saves what is
    whole. Exits with 3 if nothing in it can be read. Of many, of a folder or of a glob, each has a
    line; --salvage and --secrets are for one.
    """
    if secrets is None:
        if not words:
            raise click.UsageError("Missing argument 'FILE'.")
        if (source := sole_elsewhere(words, on)) is not None:
            if destination is not None:
                raise click.UsageError("--salvage saves what is here: leave --scheduler out")
            _tell(*result_of(verified_alone, source, on), as_json=as_json)
        if (recording := sole_file(words)) is not None:
            _check(recording, destination, as_json=as_json)
        if destination is not None:
            raise click.UsageError("--salvage saves one recording: name it alone")
        _check_many(words, on, as_json=as_json)
    if destination is not None:
        raise click.UsageError("--secrets saves nothing: run `verify --salvage` by itself")
    recording, keys = _told_apart(words, secrets)
    _search(recording, _keys(keys), as_json=as_json)


def _check(recording: Path, destination: Path | None, *, as_json: bool) -> NoReturn:
    """Say whether a recording is whole, save what is if that is wanted, and end."""
    from iai_proxy.recordings import salvage
    from iai_proxy.text import plural

    facts, lines = _verified(recording, shown_name(recording))
    _show_verified(facts, lines, as_json=as_json)
    if destination is not None:
        say(f"saved {plural(salvage(recording, destination), 'call')} in {destination}")
        sys.exit(0 if facts["whole"] else 1)
    _end_told(facts, as_json=as_json)


def _tell(facts: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> NoReturn:
    """Say whether a recording that a cluster has read is whole, and end."""
    _show_verified(facts, lines, as_json=as_json)
    _end_told(facts, as_json=as_json)


def _show_verified(facts: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    from iai_proxy.report import verify_summary

    if as_json:
        show_json(facts)
        return
    problems = [(problem["place"], problem["message"]) for problem in facts["problems"]]
    for line in verify_summary(facts["file"], facts["calls"], problems):
        show(line)
    for line in lines:
        say(line)


def _end_told(facts: dict[str, Any], *, as_json: bool) -> NoReturn:
    if not facts["whole"] and facts["calls"] and not as_json:
        say(f"`iai-proxy verify {facts['file']} --salvage OUT` saves the intact calls")
    sys.exit(0 if facts["whole"] else 1)


def verified_alone(source: Source) -> tuple[dict[str, Any], list[str]]:
    """Return what is known of one recording, and what to say besides; a worker runs this."""
    with source.reading() as path:
        return _verified(path, source.name)


def _verified(recording: Path, name: str) -> tuple[dict[str, Any], list[str]]:
    from iai_proxy.recordings import verify

    result = verify(recording)
    lines = list(_what_is_unsearched(recording, name)) if result.whole else []
    return _facts(name, result), lines


def _what_is_unsearched(recording: Path, name: str) -> Iterator[str]:
    from iai_proxy.recordings.lock import is_being_written
    from iai_proxy.recordings.sweeping import what_is_unsearched

    unsearched = what_is_unsearched(recording)
    if unsearched and is_being_written(recording):
        yield (
            "it is being written: its recorder searches all of it for keys before it ends, and "
            "`iai-proxy verify` then says what there was no time for"
        )
        return
    for line in unsearched:
        yield f"{line}: `iai-proxy pack {name}` does that, with the key in IAI_API_KEY"


def _check_many(words: Sequence[str], on: Workers, *, as_json: bool) -> NoReturn:
    """Say which of many recordings are whole, and end."""
    from iai_proxy.report.many import verified_text
    from iai_proxy.sources import named

    codes: list[int] = []
    found = _checked(named(words), on, codes)
    if as_json:
        show_json_array(found)
    else:
        for line in verified_text(found):
            show(line)
    end(codes)


def _checked(sources: Sequence[Source], on: Workers, codes: list[int]) -> Iterator[dict[str, Any]]:
    """Yield what is known of each recording, and note its exit code."""
    for source, outcome in each_of(verified_alone, sources, on, unless_seen("verifying")):
        codes.append(outcome.exit_code)
        if outcome.error is not None:
            problem = {"place": "", "message": named_error(source, outcome.error)}
            yield {"file": source.name, "whole": False, "calls": None, "problems": [problem]}
        elif outcome.result is not None:
            facts, lines = outcome.result
            codes[-1] = 0 if facts["whole"] else 1
            for line in lines:
                say(named_error(source, line))
            yield facts


def _facts(name: str, result: Verification) -> dict[str, Any]:
    """Return a verification as a JSON value, with the name in place of where it is read."""
    return {
        "file": name,
        "whole": result.whole,
        "calls": result.exchanges,
        "problems": [
            {"place": problem.place, "message": problem.message.replace(str(result.path), name)}
            for problem in result.problems
        ],
    }


def _told_apart(words: tuple[str, ...], secrets: str) -> tuple[Path, tuple[str, ...]]:
    """Return FILE, which stands before ``--secrets`` or at the end, and the keys."""
    if click.get_current_context().meta[_FILE_FIRST]:
        return _read(words[0]), (secrets, *words[1:])
    *keys, last = (secrets, *words)
    if last == _NO_KEY:
        raise click.UsageError("Missing argument 'FILE'.")
    recording = _read(last)
    if not recording.exists():  # not named: it may be a key
        raise click.UsageError(
            "the last argument is no file there is: give FILE before --secrets, or after the keys"
        )
    return recording, tuple(keys) or (_NO_KEY,)


def _read(word: str) -> Path:
    return local_copy(word, click.get_current_context())


def _keys(given: tuple[str, ...]) -> list[str]:
    """Return the secrets to be searched for, from where they are."""
    return [key for text in given for key in _keys_of(text)]


def _keys_of(text: str) -> list[str]:
    if text == "-":
        lines = sys.stdin.buffer.read().decode("utf-8-sig", "surrogateescape").splitlines()
        keys, missing = lines, "standard input holds no key"
    elif text == _NO_KEY:
        keys, missing = [os.environ.get("IAI_API_KEY", "")], "give a key, or set IAI_API_KEY"
    else:
        keys, missing = [text], "a key is empty; is the variable set that it is to come from?"
    found = [key.strip() for key in keys if key.strip()]
    if not found:
        raise click.UsageError(f"--secrets: {missing}")
    return found


def _search(recording: Path, keys: list[str], *, as_json: bool) -> NoReturn:
    """Say where secrets stand in a recording, without saying them, and end."""
    from iai_proxy.recordings.secrets_in_file import search_for
    from iai_proxy.text import plural

    found, unread = search_for(recording, keys)
    name = shown_name(recording)
    if as_json:
        places = [{"secret": each.which, "place": each.place} for each in found]
        missed = [
            {"place": problem.place, "message": _named(problem, recording)} for problem in unread
        ]
        show_json({"file": name, "found": places, "unread": missed})
    else:
        if found:
            show(f"{name} holds secrets in {plural(len(found), 'place')}")
        elif not unread:
            show(f"{name} holds none of {plural(len(keys), 'secret')}")
        for each in found:
            show(f"  secret {each.which}: {each.place}")
        if unread:
            show(
                f"{name} is damaged: what can't be read may hold "
                f"{'more' if found else 'secrets'}, packed, so that its bytes do not show them"
            )
        for problem in unread:
            show(f"  not searched: {problem.place}: {_named(problem, recording)}")
    sys.exit(1 if found or unread else 0)


def _named(problem: Problem, recording: Path) -> str:
    """Return what a problem is, with the recording's name in place of where it is read."""
    return problem.message.replace(str(recording), shown_name(recording))
