"""What reads bytes that a stranger wrote. Whatever they are, it returns or says what is wrong.

Each target takes bytes. What it raises besides its own errors is a fault. hypothesis draws bytes
for them in every run (``test_targets.py``); atheris finds them by coverage (``atheris_run.py``).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson
from mitmproxy.io import tnetstring
from mitmproxy.test.tflow import tflow
from support.exchanges import CALL, exchange

from iai_proxy.api.body import LazyBody
from iai_proxy.api.canonical import canonical_body, canonical_query
from iai_proxy.api.content_coding import decode
from iai_proxy.api.keys import request_keys
from iai_proxy.api.lenient_json import parse_exactly, parse_json
from iai_proxy.api.recurrent_text import split
from iai_proxy.errors import IaiProxyError
from iai_proxy.formats.foreign_calls import Hosts
from iai_proxy.formats.har_entries import entry_of
from iai_proxy.formats.har_exchanges import exchange_of
from iai_proxy.formats.har_file import find_entries
from iai_proxy.lineage import Agents, build, observe, pack, unpack
from iai_proxy.lineage.fetched import Stored
from iai_proxy.lineage.stored import CallsDigest, dump, load
from iai_proxy.logs.observing import observed
from iai_proxy.logs.reader import opened_log
from iai_proxy.logs.scenario_reader import read_scenario
from iai_proxy.logs.spans import find_lists
from iai_proxy.proxy.flow_files import flows_in
from iai_proxy.recordings import codecs
from iai_proxy.recordings.codecs import written
from iai_proxy.settings.files import load_config

Target = Callable[[bytes], object]

#: A request and its answer, as small as they may be.
REQUEST: Final = json.dumps(
    {
        "location": "a",
        "agent_states": [[1.0, 2.0, 0.5, 3.0], [4.0, 5.0, 0.5, 3.0]],
        "agent_properties": [{"length": 4.5, "width": 1.8, "agent_type": "car"}] * 2,
        "recurrent_states": [[0.5, 1e-05, 3.0], [0.25, 7.0, 1.0]],
        "random_seed": 3,
    }
).encode()
ANSWER: Final = orjson.dumps(
    {
        "agent_states": [[1.5, 2.0, 0.5, 3.0], [4.5, 5.0, 0.5, 3.0]],
        "recurrent_states": [[0.75, 1.5, 3.0], [0.125, 7.0, 1.0]],
        "model_version": "x",
    }
)
SEEN: Final = observe(replace(CALL, id=1), REQUEST, ANSWER)
CALLS: Final = [SEEN.call]
LINEAGE: Final = dump(build([SEEN]), CallsDigest.of(CALLS))[16:]
LOG: Final = json.dumps(
    {
        "drive_requests": [REQUEST.decode()] * 2,
        "drive_responses": [ANSWER.decode()] * 2,
        "drive_request_timestamps": ["2024-05-01_12:00:00:007000", "2024-05-01_12:00:01:007000"],
        "location_info_requests": ['{"location": "a"}'],
        "location_info_responses": ['{"osm_map": null}'],
    }
).encode()
SCENARIO: Final = json.dumps(
    {
        "location": {"identifier": "a"},
        "scenario_length": 1,
        "predetermined_agents": {
            "0": {
                "entity_type": "car",
                "static_attributes": {"length": 4.5, "width": 1.8},
                "states": {"0": {"center": {"x": 1, "y": 2}, "orientation": 0, "speed": 1}},
            }
        },
        "predetermined_controls": {"7": {"entity_type": "traffic_light", "states": {}}},
    }
).encode()
HAR: Final = orjson.dumps({"log": {"version": "1.2", "entries": [entry_of(exchange())]}})
FLOWS: Final = tnetstring.dumps(tflow(resp=True).get_state()) * 2
SETTINGS: Final = b'[record]\noutput = "run.iairec"\nlisten = "127.0.0.1:0"\n'


def bodies(data: bytes) -> None:
    """A body as it travelled."""
    LazyBody.of(data).whole()
    split(data)
    canonical_body(data)
    request_keys("POST", "/drive", data)
    seen = observe(CALL, data, data)
    pack(seen)
    build([seen])


def json_texts(data: bytes) -> None:
    """A JSON text, as clients write it; two ways to read it give what can be compared."""
    for parse in (parse_json, parse_exactly):
        value = parse(data)
        assert value == parse(data)
        repr(value)


def queries(data: bytes) -> None:
    """What follows the question mark."""
    canonical_query(data.decode("utf-8", "surrogateescape"))


def codings(data: bytes) -> None:
    """A body in any of the content codings."""
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, br", "utf-8", "\0"):
        decode(data, coding)


def packed_bodies(data: bytes) -> None:
    """A packed body, whole and as what a frame holds."""
    for codec in ("raw", "zstd", "zstd-typical", "agents", "other"):
        for size in (0, 100, len(data), 1 << 20, 1 << 62, -1):
            try:
                codecs.unpack(codec, data, size, lambda _: ANSWER)
            except IaiProxyError:
                continue


def parts_of_bodies(data: bytes) -> None:
    """What is in the frame of a body with recurrent states."""
    read = written.from_bytes(data, 1 << 16)
    codecs.referring.restore(read, [codecs.source_of(ANSWER)] * 3, 1 << 16)


def observations(data: bytes) -> None:
    """A stored observation: its head is the bytes, the agents behind it are some."""
    head = len(data).to_bytes(4, "little") + data
    found = unpack(CALL, head + bytes(range(200)), lambda _: SEEN.received)
    pack(found)
    build([found])


def lineages(data: bytes) -> None:
    """A stored lineage with a right digest, read as far as anything can read."""
    digest = hashlib.blake2b(data, digest_size=16).digest()
    lineage = load(digest + data, CALLS, _fetch)
    for simulation in lineage.simulations:
        for step in simulation.steps:
            assert len(step.agents) == len(step.sources)
            for part, position in step.sources:
                assert step.parts[part].agents[position] >= 0
            repr((step.path, step.calls, step.earliest, step.started_ns, step.refused))


def scans(data: bytes) -> None:
    """A debug log, in chunks and in one piece: the same is found."""
    whole = find_lists([data])
    assert find_lists([data[at : at + 7] for at in range(0, len(data), 7)]) == whole
    find_lists([data], carefully=True)


def logs(data: bytes) -> None:
    """A debug log."""
    with _file(data) as path, opened_log(path) as log:
        build(observed(log).observations)


def har_files(data: bytes) -> None:
    """A HAR file, in chunks and in one piece: the same is found. Each entry is read."""
    whole = find_entries([data])
    assert find_entries([data[at : at + 7] for at in range(0, len(data), 7)]) == whole
    for span in whole.spans:
        with suppress(ValueError):
            exchange_of(parse_json(data[span.start : span.end]), Hosts(), "x")


def flow_files(data: bytes) -> None:
    """A file of mitmproxy's flows."""
    with _file(data) as path, path.open("rb") as stream:
        list(flows_in(stream, path, Hosts(frozenset({"a"}))))


def scenarios(data: bytes) -> None:
    """A scenario log."""
    with _file(data) as path:
        read_scenario(path)


def settings(data: bytes) -> None:
    """A settings file."""
    with _file(data) as path:
        load_config(path)


#: By name: what reads, bytes to begin with, and what it may raise besides errors of ours.
TARGETS: Final[dict[str, tuple[Target, bytes, tuple[type[Exception], ...]]]] = {
    "bodies": (bodies, REQUEST, ()),
    "json": (json_texts, ANSWER, (ValueError,)),
    "queries": (queries, b"location=a&include_map_source=true", ()),
    "codings": (codings, b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", ()),
    "packed bodies": (packed_bodies, b"\0\0" + codecs.pack(ANSWER * 2)[1], ()),
    "parts of bodies": (parts_of_bodies, b"\0\0\1\1\0\0\1\4\0\0\0{}", ()),
    "observations": (observations, pack(SEEN)[4:-80], (ValueError, TypeError)),
    "lineages": (lineages, LINEAGE, (ValueError, TypeError, LookupError)),
    "scans": (scans, LOG, ()),
    "logs": (logs, LOG, ()),
    "HAR files": (har_files, HAR, ()),
    "flow files": (flow_files, FLOWS, ()),
    "scenarios": (scenarios, SCENARIO, ()),
    "settings": (settings, SETTINGS, ()),
}


def try_(name: str, data: bytes) -> None:
    """Give bytes to a target. Raises what it must not raise."""
    target, _, expected = TARGETS[name]
    try:
        target(data)
    except (IaiProxyError, *expected):
        return


def _fetch(stored: Stored) -> Agents:
    return SEEN.sent if stored.are_sent else SEEN.received


class _file:  # noqa: N801 - used like a function
    """A file with these bytes, for as long as the block runs."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._folder = tempfile.TemporaryDirectory()

    def __enter__(self) -> Path:
        path = Path(self._folder.name) / "given"
        path.write_bytes(self._data)
        return path

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()


def mutations(data: bytes) -> Iterator[bytes]:
    """Yield bytes a little changed, in ways that parsers have trouble with."""
    yield from (data[:at] for at in range(len(data)))
    for bad in (b'"', b"\\", b"[" * 300, b"{", b"}", b"NaN", b"9" * 5000, b"-1", b'"\\ud800"'):
        yield from (data[:at] + bad + data[at + 1 :] for at in range(0, len(data), 7))
