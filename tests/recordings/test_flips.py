"""Whatever byte of a recording is flipped, no answer is another than before.

It is the same, or an error that says what is damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from support.exchanges import exchange, request
from support.recordings import chained, write
from support.tries import Tries

from iai_proxy.cli import group
from iai_proxy.errors import IaiProxyError
from iai_proxy.recordings import Recording

#: Each with what it is given besides the file.
COMMANDS = ("show", "calls", "call 2", "diagnose", "step 0", "verify", "show --json")
#: What an error says of a file that is not as it was. Of the first bytes no one can say more.
SAYS_SO = re.compile("error: .*(damaged|is not a recording|not a recording of|newer iai-proxy)")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls with agents, with headers, and without an answer."""
    path = tmp_path_factory.mktemp("small") / "run.iairec"
    headed = exchange(request(b"{}", headers=(("a", "b"),)), b"answer")
    write(path, *chained(3), headed, exchange(b"{}", None, failure="connection reset"))
    return path


def all_of(path: Path) -> str:
    """All that a reader gives of a recording, however it came by it."""
    with Recording(path) as recording:
        calls = list(recording.calls())
        given = [
            calls,
            list(recording.exchanges()),
            list(recording.request_keys()),
            recording.lineage(),
            [(recording.response(call.id), recording.plain_answer(call.id)) for call in calls],
            list(recording.observations()),
            list(recording.beginnings_and_failures()),
            list(recording.bodies((call.request_hash, call.response_hash) for call in calls)),
        ]
    return re.sub("0x[0-9a-f]+|Fetched|Plain", "", repr(given))


def said(command: str, path: Path) -> str:
    """What a command prints of a recording, marked if it is that it can't be read."""
    name, *given = command.split()
    result = CliRunner().invoke(group, [name, str(path), *given])
    assert result.exit_code in {0, 1, 3}, result.output
    return f"error: {result.output}" if result.exit_code == 3 else result.output


def flipped(small: Path, path: Path, count: int | None) -> list[int]:
    """The places whose bytes are to be flipped: all, or so many of a fixed draw."""
    size = small.stat().st_size
    path.write_bytes(small.read_bytes())
    return sorted(Random(22).sample(range(size), count)) if count else list(range(size))


def answer_or_error(ask: Callable[[Path], str], path: Path) -> str:
    try:
        return ask(path)
    except IaiProxyError as error:
        return f"error: {error}"


def try_flips(
    small: Path, path: Path, count: int | None, ask: Callable[[Path], str], whole: str
) -> int:
    """Flip one bit after another, each by itself, and return how many were flipped."""
    content = small.read_bytes()
    places = flipped(small, path, count)
    for at in places:
        damaged = bytearray(content)
        damaged[at] ^= 1 << at % 8
        path.write_bytes(damaged)
        answer = answer_or_error(ask, path)
        assert answer == whole or SAYS_SO.match(answer), f"byte {at}"
    return len(places)


def test_readers_give_the_same_or_say_what_is_damaged(
    small: Path, path: Path, tries: Tries
) -> None:
    count = tries.rounds(usual=250, soak=0)
    tries.note("flips", try_flips(small, path, count or None, all_of, all_of(small)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_the_same_or_what_is_damaged(
    small: Path, path: Path, command: str, tries: Tries
) -> None:
    path.write_bytes(small.read_bytes())
    whole = said(command, path)
    count = tries.rounds(usual=15, soak=3000)

    def ask(damaged: Path) -> str:
        answer = said(command, damaged)
        return f"error: damaged, {answer}" if command == "verify" and answer != whole else answer

    tries.note("flips", try_flips(small, path, count, ask, whole))
