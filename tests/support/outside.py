"""Text from outside at its worst, in all that a recording and a log can hold of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from iai_proxy.api import Exchange
from support.golden import GOLDEN, exchanges_of, golden_run
from support.recordings import write

_CONTROLS = "\x1b[2J\x1b]0;t\x07\x08\x0b\x0c\x1c\x7f\x85\x9b2J"
_TURNING = "\u200f\u061c\u202e\u2067\ufeff\u2028"
_LINES = "\r\niai-proxy: forged\n::error::forged\n"
#: What a header, a target, a reason or the name of a file may have.
NASTY = f"nasty {_CONTROLS}{_TURNING}{_LINES}"
#: What a string of a JSON body may have.
NASTIER = f"{NASTY}\x00\udc80\ud83d"

#: Objects with names that the server chooses.
_NAMED_BY_SERVER = {"traffic_lights_states", "light_recurrent_states"}
#: What we and click write to a terminal: colours, a bar that grows, the line at the bottom.
_OURS = re.compile(rb"\x1b(?:\[[0-9;]*[mrHAK]|\[\?25[lh]|[78])|\r(?=\n|\x1b|diagnosing|$)")


def hostile_recording(path: Path) -> None:
    """Record the runs with all mistakes that the checks know, every text made nasty."""
    write(path, *_hostile_exchanges())


def _hostile_exchanges() -> Iterator[Exchange]:
    for found in sorted(GOLDEN.glob("*.run.json")):
        code = int(found.name.partition("-")[0])
        calls, _ = golden_run(code)
        for call in calls:
            # Some checks know no agents of nasty types; no scenario log has lights of nasty names.
            _spoil(call, types=code % 2 == 0)
        yield from map(_nasty_exchange, exchanges_of(calls))
    yield from _odd_calls(next(exchanges_of(golden_run(10)[0])))


def _spoil(call: dict[str, Any], *, types: bool) -> None:
    sides = ["answer"] if call["endpoint"] in ("location_info", "light") else ["request", "answer"]
    for side in sides:
        if call.get(side) is not None:
            call[side] = nasty_json(call[side], types=types)


def nasty_json(value: Any, name: str = "", *, types: bool = True) -> Any:
    """Make all texts of a JSON value nasty, and add a field with a nasty name to each object."""
    match value:
        case str():
            return value if name == "agent_type" and not types else f"{value}{NASTIER}"
        case list():
            return [nasty_json(item, name, types=types) for item in value]
        case dict():
            end = NASTIER if name in _NAMED_BY_SERVER and not types else ""
            items = {
                f"{key}{end}": nasty_json(item, key, types=types) for key, item in value.items()
            }
            return items if name in _NAMED_BY_SERVER else {**items, f"x{NASTIER}": NASTIER}
    return value


def _nasty_exchange(plain: Exchange) -> Exchange:
    headers = (("x-client-version", NASTY), ("x-nasty", NASTY), ("content-type", NASTY))
    response = plain.response and replace(plain.response, reason=NASTY, headers=headers)
    return replace(
        plain,
        connection=f"{plain.connection}{NASTY}",
        client=NASTY,
        request=replace(plain.request, headers=headers, http_version=f"HTTP/1.1{NASTY}"),
        response=response,
        failure=plain.failure and f"{plain.failure}{NASTY}",
    )


def _odd_calls(plain: Exchange) -> Iterator[Exchange]:
    """Yield calls that failed, were refused, or are of no endpoint."""
    nasty = _nasty_exchange(plain)
    assert nasty.response
    refused = json.dumps({"detail": [{"loc": [NASTIER], "msg": NASTIER}]}).encode()
    yield replace(nasty, response=None, failure=NASTY)
    yield replace(nasty, response=replace(nasty.response, status=422, body=refused))
    yield replace(nasty, response=replace(nasty.response, status=500, body=NASTY.encode()))
    odd = replace(
        nasty.request, method=f"GET{NASTY}", scheme=NASTY, host=NASTY, target=f"/{NASTY}?q={NASTY}",
        body=NASTY.encode() + b"\x1b\x9b\xff", encoding=NASTY,
    )  # fmt: skip
    yield replace(nasty, request=odd)


def faults_of(written: bytes, *, terminal: bool = False) -> list[str]:
    """Return what of some output is more than text: controls, turned lines, lines of others.

    Args:
        written: to a pipe, a file or a terminal.
        terminal: which may have colours and a bar of ours.
    """
    text = (_OURS.sub(b"", written) if terminal else written).decode("utf-8", "surrogateescape")
    unseen = {char for char in text if not (char.isprintable() or char in "\n\t")}
    forged = [line for line in text.split("\n") if line.startswith(("iai-proxy: forged", "::"))]
    return [*map(ascii, sorted(unseen)), *forged[:1]]
