"""HAR files that we write: valid, and the same calls when they come back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mitmproxy.io import FlowReader
from support.cli import Cli
from support.exchanges import KEY, START_NS, exchange, request, response
from support.har_schema import HAR
from support.recordings import damage_answers, write

from iai_proxy.api import Exchange, Headers
from iai_proxy.formats.export_har import export_har
from iai_proxy.formats.foreign_calls import Hosts
from iai_proxy.formats.import_har import import_har
from iai_proxy.recordings import Recording

JSON: Headers = (("content-type", "application/json"),)


def exported(path: Path) -> dict[str, Any]:
    """Export a recording, and check it against the schema."""
    out = path.with_suffix(".har")
    with Recording(path) as recording:
        assert not export_har(recording, out).problems
    har: dict[str, Any] = json.loads(out.read_bytes())
    jsonschema.validate(har, HAR)
    return har


def entry_of(path: Path, *exchanges: Exchange) -> dict[str, Any]:
    write(path, *exchanges)
    (entry,) = exported(path)["log"]["entries"]
    found: dict[str, Any] = entry
    return found


def test_an_entry_is_what_a_reader_of_the_specification_expects(tmp_path: Path) -> None:
    asked = request(
        b'{"location": "x"}',
        target="/v0/aws/m1/drive?a=1&b=",
        headers=(*JSON, ("x-api-key", KEY)),
    )
    answered = replace(
        response('{"name": "Straße"}'.encode(), headers=JSON),
        http_version="HTTP/2.0",
        reason="",
        encoding="gzip",
    )
    entry = entry_of(tmp_path / "run.iairec", exchange(asked, answered))
    (key,) = [h["value"] for h in entry["request"]["headers"] if h["name"] == "x-api-key"]
    assert key.startswith("[redacted:")
    entry["request"]["headers"].pop()
    assert entry == {
        # 1,700,000,000 s after the epoch; 1 ms to send, 1 ms to wait, 2 ms until the call's end
        "startedDateTime": "2023-11-14T22:13:20.000000000Z",
        "time": 4.0,
        "timings": {"send": 1.0, "wait": 1.0, "receive": 2.0},
        "request": {
            "method": "POST",
            "url": "https://api.inverted.ai/v0/aws/m1/drive?a=1&b=",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "content-type", "value": "application/json"}],
            "queryString": [{"name": "a", "value": "1"}, {"name": "b", "value": ""}],
            "postData": {"mimeType": "application/json", "text": '{"location": "x"}'},
            "headersSize": -1,
            "bodySize": 17,
        },
        "response": {
            "status": 200,
            "statusText": "",
            "httpVersion": "HTTP/2.0",
            "cookies": [],
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"size": 19, "mimeType": "application/json", "text": '{"name": "Straße"}'},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,  # it travelled as gzip, and how long that was is not recorded
        },
        "cache": {},
        "connection": "connection-1",
        "_iaiProxy": {
            "client": "127.0.0.1:50000",
            "offsetsNs": [1_000_000, 2_000_000, 3_000_000, 4_000_000],  # 1 ms after the answer
            "responseEncoding": "gzip",  # which no header says
        },
    }


def test_bytes_that_are_no_text_are_base64(tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n\x00\xff"
    asked = request(b"\xff\xfe", headers=(("content-type", "application/octet-stream"),))
    answered = response(picture, headers=(("content-type", "image/png"),))
    entry = entry_of(tmp_path / "run.iairec", exchange(asked, answered))
    content, data = entry["response"]["content"], entry["request"]["postData"]
    assert (content["encoding"], base64.b64decode(content["text"])) == ("base64", picture)
    assert (data["_encoding"], base64.b64decode(data["text"])) == ("base64", b"\xff\xfe")


def test_text_of_another_character_set_is_base64_as_readers_would_take_it_for_that(
    tmp_path: Path,
) -> None:
    latin = (("content-type", "text/plain; charset=ISO-8859-1"),)
    answered = response("Straße".encode("latin-1"), headers=latin)
    content = entry_of(tmp_path / "run.iairec", exchange(request(b"x"), answered))["response"][
        "content"
    ]
    assert content["text"] == base64.b64encode(b"Stra\xdfe").decode()


def test_a_call_without_an_answer_has_status_0_and_its_failure(tmp_path: Path) -> None:
    entry = entry_of(tmp_path / "run.iairec", exchange(b"{}", None, failure="connection refused"))
    assert entry["response"]["status"] == 0
    assert entry["response"]["_error"] == "connection refused"
    assert entry["timings"] == {"send": 1.0, "wait": 3.0, "receive": 0.0}


def came_back(path: Path) -> list[Exchange]:
    """Export a recording and import what came of it."""
    exported(path)
    again = path.with_name(f"{path.stem}-again.iairec")
    result = import_har(path.with_suffix(".har"), again, Hosts())
    assert (result.problems, result.other_hosts) == ([], {})
    with Recording(again) as recording:
        return list(recording.exchanges())


TIMES = st.lists(st.integers(0, 10**12), min_size=4, max_size=4).map(sorted)
BODIES = st.one_of(st.binary(max_size=50), st.text(max_size=20).map(str.encode))
TYPES = st.sampled_from(
    ["", "application/json", "text/plain; charset=latin-1", "text/plain; charset=utf-8", "x"]
)


@st.composite
def calls(draw: st.DrawFn) -> Exchange:
    started, sent, answered, ended = (1_700_000_000_000_000_000 + ns for ns in draw(TIMES))
    asked = replace(
        request(draw(BODIES), headers=(("content-type", draw(TYPES)),)),
        encoding=draw(st.sampled_from(["", "!br"])),
        started_ns=started, ended_ns=sent,
        http_version=draw(st.sampled_from(["HTTP/1.1", "HTTP/2.0", "HTTP/3"])),
    )  # fmt: skip
    answer = replace(
        response(draw(BODIES), status=draw(st.sampled_from([200, 404, 503])),
                 headers=(("content-type", draw(TYPES)), ("x-e", "ü"), ("a", ""), ("a", "2"))),
        encoding=draw(st.sampled_from(["", "!gzip"])), started_ns=answered, ended_ns=ended,
    )  # fmt: skip
    failure = draw(st.sampled_from([None, "cut short", ""])) or None
    has_answer = failure is None or draw(st.booleans())
    return replace(
        exchange(asked, answer if has_answer else None, failure=failure),
        ended_ns=ended, large=draw(st.sampled_from([None, "token-1"])),
    )  # fmt: skip


@settings(max_examples=6)
@given(drawn=st.lists(calls(), min_size=1, max_size=8))
def test_what_is_exported_comes_back_to_the_last_byte_and_nanosecond(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Exchange]
) -> None:
    path = tmp_path_factory.mktemp("run") / "run.iairec"
    write(path, *sorted(drawn, key=lambda call: call.ended_ns))  # as recorders write them
    with Recording(path) as recording:
        assert came_back(path) == list(recording.exchanges())


TARGETS = {
    "*": "http://Example.com:8000",  # RFC 9112, section 3.3
    "/drive?": "http://Example.com:8000/drive?",
    "/d?x=#z": "http://Example.com:8000/d?x=%23z",
    "/é": "http://Example.com:8000/%C3%A9",
    "/\udcff": "http://Example.com:8000/%FF",  # a byte that is no UTF-8
    '/a%zz/<"|': "http://Example.com:8000/a%25zz/%3C%22%7C",
    "//x/../y": "http://Example.com:8000//x/../y",
}


def test_what_a_url_can_not_say_comes_back_and_the_url_is_valid(tmp_path: Path) -> None:
    to = replace(request(), scheme="http", host="Example.com", port=8000)
    path = tmp_path / "run.iairec"
    write(path, *(exchange(replace(to, target=target)) for target in TARGETS))
    har = exported(path)["log"]["entries"]
    assert [entry["request"]["url"] for entry in har] == list(TARGETS.values())
    with Recording(path) as recording:
        assert came_back(path) == list(recording.exchanges())


def test_what_an_entry_has_no_field_for_comes_back(tmp_path: Path) -> None:
    """Versions, codings that no header names, clocks that were set, an order that is not theirs."""
    early = replace(request(), http_version="HTTP/2", encoding="gzip", ended_ns=START_NS - 5)
    empty = replace(exchange(early), connection="", client="", failure="", large="", ended_ns=7)
    switched = exchange(request(), replace(response(status=101), http_version="", encoding="br"))
    plain = request(headers=(("content-encoding", "br"),))
    path = tmp_path / "run.iairec"
    write(path, exchange(plain), empty, switched, exchange(early, None, failure=""))
    with Recording(path) as recording:
        assert came_back(path) == list(recording.exchanges())


def test_a_damaged_call_is_left_out_and_the_others_are_written(cli: Cli) -> None:
    write(cli.folder / "run.iairec", *(exchange(b'{"n": %d}' % n, b"[%d]" % n) for n in range(3)))
    damage_answers(cli.folder / "run.iairec", 2)
    done = cli.invoke("export", "har", "run.iairec", "-o", "run.har")
    assert done.exit_code == 3
    assert "warning: call 2 is left out: " in done.stderr
    assert "wrote 2 calls to run.har" in done.stderr
    har = json.loads((cli.folder / "run.har").read_bytes())
    assert [e["response"]["content"]["text"] for e in har["log"]["entries"]] == ["[0]", "[2]"]


def test_mitmproxy_reads_what_is_written(tmp_path: Path) -> None:
    picture = response(b"\x89PNG\xff", headers=(("content-type", "image/png"),))
    zipped = replace(response(b"[1]", headers=(("content-encoding", "gzip"),)), encoding="gzip")
    path = tmp_path / "run.iairec"
    write(
        path, exchange(b'{"n": 1}', picture), exchange(request("ß".encode(), headers=JSON), zipped)
    )
    exported(path)
    with path.with_suffix(".har").open("rb") as stream:
        flows: list[Any] = list(FlowReader(stream).stream())
    assert [flow.request.content for flow in flows] == [b'{"n": 1}', "ß".encode()]
    assert [flow.response.content for flow in flows] == [b"\x89PNG\xff", b"[1]"]
    assert [flow.request.pretty_url for flow in flows] == [
        "https://api.inverted.ai/v0/aws/m1/drive"
    ] * 2
    assert [flow.response.status_code for flow in flows] == [200, 200]
    assert flows[0].request.timestamp_start == START_NS / 1e9


def test_an_empty_recording_is_a_valid_file(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec")
    assert exported(tmp_path / "run.iairec")["log"]["entries"] == []
