"""``iai-proxy import``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from iai_proxy.cli.reading import READ
from iai_proxy.saying import say, show

if TYPE_CHECKING:
    from iai_proxy.formats.foreign_calls import ImportedCalls
    from iai_proxy.logs.importing import Imported

#: How many doubtful pairs, or other hosts, to list.
_SHOWN: Final = 10
#: What tells one kind of file from another stands at its beginning.
_HEAD_BYTES: Final = 4096
_OF_FLOWS: Final = frozenset({".mitm", ".flow", ".flows"})


@click.command("import")
@click.argument("file", metavar="LOG.json|X.har|FILE.mitm", type=READ)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The recording to make.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Of a HAR or flow file: a server that stands in for the API (repeatable).",
)
def command(file: Path, output: Path, hosts: tuple[str, ...]) -> None:
    """Turn what something else has recorded into a recording.

    A debug log of the Python or the C++ SDK: the SDKs pair requests and responses by position,
    which is wrong for calls made at the same time and after a call that failed: such pairs are
    repaired. Large calls are divided into the calls that they are made of, unless the log has
    those as well.

    A HAR file of a browser or a proxy, or flows that mitmproxy has written (`mitmdump -w`): the
    calls to the API are taken. Keys and cookies are replaced, as when recording.

    A file that can't be read, or not to its end, gives exit code 3; what can be read of it is
    imported all the same. Where nothing is imported, no file is made, and the exit code is 1. An
    import that is stopped leaves no file either.
    """
    from iai_proxy.errors import UsageError
    from iai_proxy.formats.foreign_calls import Hosts
    from iai_proxy.formats.har_file import looks_like_har
    from iai_proxy.recordings.whole_files import refuse_existing

    refuse_existing(output)
    wanted, head, suffix = Hosts.of(hosts), _head(file), file.suffix.lower()
    if head[:1].isdigit() or suffix in _OF_FLOWS:
        from iai_proxy.proxy.flow_files import import_flows

        _tell_calls(import_flows(file, output, wanted), output)
    elif suffix == ".har" or looks_like_har(head):
        from iai_proxy.formats.import_har import import_har

        _tell_calls(import_har(file, output, wanted), output)
    elif hosts:
        raise UsageError(f"--host is for HAR and flow files, and {file} is none: leave it out")
    else:
        from iai_proxy.logs.importing import import_debug_log

        _tell_log(import_debug_log(file, output), output)


def _head(path: Path) -> bytes:
    """Return how a file begins; nothing if it can't be read, which its reader says."""
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD_BYTES)
    except OSError:
        return b""


def _tell_log(result: Imported, output: Path) -> None:
    """Say what came of a debug log; leave with an exit code if not all of it was read."""
    _keep_out_of_the_way(output, result.calls)
    _warn(result.problems)
    for line in _lines(result, output):
        show(line)
    _end(output, result.calls, is_whole=result.is_whole)


def _tell_calls(result: ImportedCalls, output: Path) -> None:
    """Say what came of a file of calls; leave likewise."""
    _keep_out_of_the_way(output, result.calls)
    _warn(result.problems)
    for line in _lines_of_calls(result, output):
        show(line)
    _end(output, result.calls, is_whole=result.is_whole)


def _keep_out_of_the_way(output: Path, calls: int) -> None:
    """Remove a recording that has no calls: the next try is to have its name."""
    if not calls:
        output.unlink(missing_ok=True)


def _end(output: Path, calls: int, *, is_whole: bool) -> None:
    """Say that no file was made, if so, and leave with the exit code for what was read."""
    if not calls:
        say(f"nothing to import was found: there is no {output}")
    if not is_whole:
        sys.exit(3)
    if not calls:
        sys.exit(1)


def _warn(problems: list[str]) -> None:
    for problem in problems:
        say(f"warning: {problem}")


def _imported(calls: int, output: Path) -> str:
    from iai_proxy.text import plural

    return f"{plural(calls, 'call')} imported" + (f" into {output}" if calls else "")


def _lines_of_calls(result: ImportedCalls, output: Path) -> Iterator[str]:
    from iai_proxy.text import first_few, plural

    yield _imported(result.calls, output)
    if result.failed:
        yield f"{result.failed} of them without a complete answer"
    for left_out, count in result.left_out.items():
        yield f"{plural(count, left_out.noun, left_out.nouns)} left out: {left_out.why}"
    if result.other_hosts:
        count = sum(result.other_hosts.values())
        listed = [f"{host} ({count})" for host, count in result.other_hosts.most_common()]
        calls = plural(count, "call to another host", "calls to other hosts")
        yield f"{calls} left out: {first_few(listed, _SHOWN)}"
    if result.other_hosts and not result.calls:
        host = result.other_hosts.most_common(1)[0][0]
        yield f"if {host} stood in for the API, import with --host {host}"


def _lines(result: Imported, output: Path) -> Iterator[str]:
    """Say what was imported; counts that are zero and of no interest are left out."""
    from iai_proxy.text import plural

    yield _imported(result.calls, output)
    yield f"{plural(result.repaired, 'wrong pair')} repaired"
    if result.doubtful:
        numbers = ", ".join(map(str, result.doubtful[:_SHOWN]))
        hidden = len(result.doubtful) - _SHOWN
        more = f" and {hidden} more" if hidden > 0 else ""
        pairs = plural(len(result.doubtful), "pair")
        yield f"{pairs} doubtful, another request fits as well: call {numbers}{more}"
    if result.unanswered:
        yield f"{plural(result.unanswered, 'request')} without a response in the log"
    if result.orphans:
        yield f"{plural(result.orphans, 'response')} left out: no request in the log fits"
    if result.redundant:
        large = plural(result.redundant, "large call")
        yield f"{large} left out: the calls made for them are in the log"
    if result.divided:
        yield f"{plural(result.divided, 'large call')} divided into the calls that they are made of"
