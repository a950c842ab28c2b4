"""``iai-proxy label``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from iai_proxy.cli.options import json_option
from iai_proxy.cli.reading import refuse_url
from iai_proxy.errors import IaiProxyError
from iai_proxy.saying import say, show, show_json


@click.command("label")
@click.argument("words", nargs=-1, required=True, metavar="FILE|DIR|GLOB… [KEY=VALUE]…")
@click.option(
    "--remove", "removed", multiple=True, metavar="KEY", help="Remove a label; so does `KEY=`."
)
@json_option
def command(words: tuple[str, ...], removed: tuple[str, ...], as_json: bool) -> None:
    """Label recordings, such as team=planning, or list their labels.

    Labels stand in the recording itself: `show` and tables have them, and copies keep them. A key
    is letters from A to Z, digits, dots, dashes and underscores; a value any text. The calls stay
    as they are. A recording that is being written is labelled by `record --label`.

    \b
    iai-proxy label run.iairec team=planning model=v4
    """
    files, labels, gone = _told_apart(words, removed)
    if labels or gone:
        from iai_proxy.recordings.labels import require_no_secret

        require_no_secret(labels, [os.environ.get("IAI_API_KEY", "")])
        for file in files:
            refuse_url(file)
    from iai_proxy.sources import named

    found: dict[str, dict[str, str]] = {}
    code = 0
    for source in named(files):
        try:
            found[source.name] = _labelled(source.local(), labels, gone)
        except IaiProxyError as error:
            say(str(error))
            code = max(code, error.exit_code)
    if as_json:
        show_json([{"file": file, "labels": each} for file, each in found.items()])
    elif not (labels or gone):
        for line in _lines(found):
            show(line)
    sys.exit(code)


def _told_apart(
    words: tuple[str, ...], removed: tuple[str, ...]
) -> tuple[list[str], dict[str, str], list[str]]:
    """Return the files, the labels to set, and the keys of those to remove.

    No key has a slash: ``./a=b.iairec`` is a file.
    """
    from iai_proxy.recordings.labels import parse_label, require_key

    files, labels, gone = [], dict[str, str](), list(removed)
    for word in words:
        if "=" not in word or "/" in word.partition("=")[0]:
            refuse_url(word)
            files.append(word)
        elif word.endswith("=") and word.count("=") == 1:
            gone.append(word[:-1])
        else:
            key, value = parse_label(word)
            labels[key] = value
    for key in gone:
        require_key(key)
        if key in labels:
            raise click.UsageError(f"the label {key} is to be set and removed: give one of these")
    if not files:
        raise click.UsageError("Missing argument 'FILE'.")
    return files, labels, gone


def _labelled(file: Path, labels: Mapping[str, str], gone: list[str]) -> dict[str, str]:
    """Change the labels of a recording, if that is wanted, and return them."""
    from iai_proxy.recordings import Recording

    if labels or gone:
        from iai_proxy.recordings.labelling import change_labels

        change_labels(file, labels, gone)
    with Recording(file) as recording:
        return recording.labels()


def _lines(found: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield each file's labels for people."""
    from iai_proxy.text import printable

    for file, labels in found.items():
        if len(found) > 1 or not labels:
            yield f"{file}:" if labels else f"{file} has no labels"
        indent = "  " if len(found) > 1 else ""
        for key, value in labels.items():
            yield f"{indent}{printable(key)}={printable(value)}"
