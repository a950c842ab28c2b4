"""HAR files of browsers and other proxies, whole and damaged, as recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.cli import Cli
from support.exchanges import exchange

from iai_proxy.api import Exchange
from iai_proxy.errors import InputError, UsageError
from iai_proxy.formats.foreign_calls import Found, Hosts, ImportedCalls, Place, Taken, write_calls
from iai_proxy.formats.import_har import import_har
from iai_proxy.recordings import Recording

#: As Chrome's developer tools save it, shortened.
CHROME: dict[str, Any] = {
    "_initiator": {"type": "script"},
    "_resourceType": "fetch",
    "cache": {},
    "connection": "4711",
    "request": {
        "method": "POST",
        "url": "https://api.inverted.ai/v0/aws/m1/drive",
        "httpVersion": "h2",
        "headers": [
            {"name": ":authority", "value": "api.inverted.ai"},
            {"name": "content-type", "value": "application/json"},
            {"name": "x-api-key", "value": "a-key-of-someone"},
            {"name": "cookie", "value": "session=0123456789abcdef0123"},
        ],
        "queryString": [],
        "cookies": [{"name": "session", "value": "0123456789abcdef0123"}],
        "headersSize": -1,
        "bodySize": 17,
        "postData": {"mimeType": "application/json", "text": '{"location": "x"}'},
    },
    "response": {
        "status": 200,
        "statusText": "",
        "httpVersion": "h2",
        "headers": [{"name": "content-encoding", "value": "gzip"}],
        "cookies": [],
        "content": {"size": 25, "mimeType": "text/json", "text": '{"k": "a-key-of-someone"}'},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_transferSize": 88,
        "_error": None,
    },
    "serverIPAddress": "192.0.2.1",
    "startedDateTime": "2026-03-01T10:00:00.250+01:00",
    "time": 12.5,
    "timings": {
        "blocked": 1.5, "dns": -1, "ssl": -1, "connect": -1, "send": 0.5, "wait": 8, "receive": 2.5,
    },
}  # fmt: skip
STARTED_NS = 1_772_355_600_250_000_000  # 2026-03-01T09:00:00.250Z


def har_of(*entries: Any) -> bytes:
    log = {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": entries}
    return json.dumps({"log": log}, indent=2).encode()


def changed(*path: str, to: Any = None, **fields: Any) -> dict[str, Any]:
    """Return an entry with another value at a place; without one the place is gone."""
    entry = deepcopy(CHROME)
    *outer, last = path
    inner = entry
    for name in outer:
        inner = inner[name]
    inner.pop(last, None)
    if to is not None:
        inner[last] = to
    return {**entry, **fields}


def imported(folder: Path, data: bytes, *hosts: str) -> tuple[ImportedCalls, list[Exchange]]:
    (folder / "x.har").write_bytes(data)
    result = import_har(folder / "x.har", folder / "x.iairec", Hosts.of(hosts))
    with Recording(folder / "x.iairec") as recording:
        return result, list(recording.exchanges())


def test_a_call_of_a_browser(tmp_path: Path) -> None:
    result, (call,) = imported(tmp_path, b"\xef\xbb\xbf" + har_of(CHROME))
    assert (result.calls, result.failed, result.is_whole) == (1, 0, True)
    assert (call.request.target, call.request.http_version) == ("/v0/aws/m1/drive", "HTTP/2.0")
    assert call.request.body == b'{"location": "x"}'
    assert call.connection == "4711"
    assert call.request.started_ns == STARTED_NS
    assert call.request.ended_ns == STARTED_NS + 2_000_000  # blocked and sent
    assert call.response
    assert call.response.encoding == "gzip"  # as it travelled; the body is what came of it
    assert call.response.started_ns == STARTED_NS + 10_000_000
    assert call.ended_ns == STARTED_NS + 12_500_000
    assert ":authority" not in dict(call.request.headers)


def test_keys_and_cookies_are_replaced_wherever_they_stand(tmp_path: Path) -> None:
    entry = changed("request", "url", to="https://api.inverted.ai/drive?again=a-key-of-someone")
    imported(tmp_path, har_of(entry))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("x.iairec*"))
    for secret in (b"a-key-of-someone", b"0123456789abcdef0123"):
        assert secret not in stored


def test_keys_are_replaced_in_what_stands_around_the_call(tmp_path: Path) -> None:
    entry = changed("connection", to="over a-key-of-someone")
    entry["_iaiProxy"] = {
        name: f"{name} a-key-of-someone"
        for name in ("client", "large", "requestVersion", "responseVersion", "requestEncoding")
    }
    entry["request"]["httpVersion"] = "a-key-of-someone"
    _, (call,) = imported(tmp_path, har_of(entry))
    assert b"a-key-of-someone" not in (tmp_path / "x.iairec").read_bytes().lower()
    mark = dict(call.request.headers)["x-api-key"]
    assert (call.connection, call.client, call.large) == (
        f"over {mark}", f"client {mark}", f"large {mark}",
    )  # fmt: skip


SECRETIVE = {
    "a URL with a port that is none": ("url", "https://api.inverted.ai:a-key-of-someone/x"),
    "a URL with a host that is none": (
        "url",
        "https://u:a-key-of-someone\u2100x@api.inverted.ai/x",
    ),
    "half a character as method": ("method", "\ud800"),
    "an empty method": ("method", ""),
    "lines as method": ("method", "GET\r\nx: a-key-of-someone"),
    "a method that some take for another": ("method", "head"),
    "a control character in a header": ("headers", [{"name": "x", "value": "a-key-of-someone\r"}]),
}


@pytest.mark.parametrize("name", SECRETIVE)
def test_a_request_that_can_not_be_is_left_out_and_nothing_of_it_is_said(
    cli: Cli, name: str
) -> None:
    field, value = SECRETIVE[name]
    entry = changed("request", "url", to="https://api.inverted.ai/x?api_key=a-key-of-someone")
    entry["request"][field] = value
    (cli.folder / "x.har").write_bytes(har_of(CHROME, entry))
    done = cli.invoke("import", "x.har", "-o", "x.iairec")
    assert (done.exit_code, done.stdout) == (3, "1 call imported into x.iairec\n")
    assert done.stderr.startswith("iai-proxy: warning: entry 2 of x.har, at byte ")
    assert "a-key-of-someone" not in done.stderr


def test_headers_of_one_name_that_chrome_has_joined_are_several_again(tmp_path: Path) -> None:
    joined = [{"name": "Via", "value": "1.1 a\n1.1 b"}]
    _, (call,) = imported(tmp_path, har_of(changed("response", "headers", to=joined)))
    assert call.response
    assert call.response.headers == (("Via", "1.1 a"), ("Via", "1.1 b"))


@pytest.mark.parametrize("end", ["/drive?", "/drive?a=%zz", "//x", "/a/../b", "/", "/?"])
def test_the_target_is_what_the_url_says_to_the_last_character(tmp_path: Path, end: str) -> None:
    url = f"https://user:word@api.inverted.ai{end}#part"
    _, (call,) = imported(tmp_path, har_of(changed("request", "url", to=url)))
    assert call.request.target == end


def test_a_url_that_was_changed_since_we_wrote_it_counts(tmp_path: Path) -> None:
    entry = changed("request", "url", to="https://api.inverted.ai/other")
    entry["_iaiProxy"] = {"client": "", "targetBytes": "/a#b", "host": "API.inverted.ai"}
    _, (call,) = imported(tmp_path, har_of(entry))
    assert (call.request.host, call.request.target) == ("api.inverted.ai", "/other")


def test_calls_are_in_the_order_in_which_their_answers_came(tmp_path: Path) -> None:
    later = changed("startedDateTime", to="2026-03-01T09:00:05Z", time=10)
    earlier = changed("startedDateTime", to="2026-03-01T09:00:04.999999999Z", time=1)
    longer = changed("startedDateTime", to="2026-03-01T09:00:01Z", time=60_000)
    _, calls = imported(tmp_path, har_of(later, longer, earlier))
    seconds = [call.request.started_ns // 1_000_000_000 % 60 for call in calls]
    assert seconds == [4, 5, 1]


def test_what_is_no_call_of_the_api_is_counted_and_left_out(cli: Cli) -> None:
    entries = [
        CHROME,
        changed("request", "url", to="https://example.com/pixel"),
        changed("request", "url", to="https://example.com/pixel"),
        changed("request", "url", to="http://127.0.0.1:8000/drive"),
        changed("request", "url", to="wss://api.inverted.ai/live"),
        changed("request", "url", to="data:text/plain,x"),
        changed("request", "method", to="CONNECT"),
    ]
    (cli.folder / "x.har").write_bytes(har_of(*entries))
    done = cli.invoke("import", "x.har", "-o", "x.iairec")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 call imported into x.iairec",
        "1 websocket left out: no call of the API",
        "1 address that is not http or https left out: no call of the API",
        "1 CONNECT left out: no call of the API",
        "3 calls to other hosts left out: example.com:443 (2), 127.0.0.1:8000 (1)",
    ]
    named = cli.invoke("import", "x.har", "-o", "y.iairec", "--host", "127.0.0.1:8000")
    assert named.stdout.startswith("2 calls imported into y.iairec")


def test_where_no_call_is_for_the_api_the_other_host_is_named(cli: Cli) -> None:
    entry = changed("request", "url", to="http://localhost:8000/drive")
    (cli.folder / "run.json").write_bytes(har_of(entry))  # known by what stands in it
    done = cli.invoke("import", "run.json", "-o", "x.iairec")
    assert done.stdout.splitlines()[-1] == (
        "if localhost:8000 stood in for the API, import with --host localhost:8000"
    )


def test_a_call_that_failed_has_no_answer(tmp_path: Path) -> None:
    failed = changed("response", "_error", to="net::ERR_CONNECTION_RESET")
    failed["response"]["status"] = 0
    silent = changed("response", "status", to=0)
    result, calls = imported(tmp_path, har_of(failed, silent))
    assert result.failed == 2
    assert [call.response for call in calls] == [None, None]
    assert [call.failure for call in calls] == [
        "net::ERR_CONNECTION_RESET",
        "no answer in the HAR file",
    ]


def test_an_answer_whose_body_was_not_kept_is_no_complete_answer(tmp_path: Path) -> None:
    """Firefox leaves out bodies of pictures, and Chrome those that it has no room for."""
    result, (call,) = imported(tmp_path, har_of(changed("response", "content", "text")))
    assert (result.failed, call.status) == (1, 200)
    assert call.failure == "the answer's body is not in the HAR file"


def test_bytes_that_mitmproxy_writes_as_halves_of_characters_come_back(tmp_path: Path) -> None:
    content = {"size": 3, "mimeType": "text/plain", "text": "a\udcffb"}
    _, (call,) = imported(tmp_path, har_of(changed("response", "content", to=content)))
    assert call.response
    assert call.response.body == b"a\xffb"


def test_text_is_encoded_as_its_content_type_says(tmp_path: Path) -> None:
    content = {"size": 6, "mimeType": "text/plain; charset=ISO-8859-1", "text": "Straße"}
    _, (call,) = imported(tmp_path, har_of(changed("response", "content", to=content)))
    assert call.response
    assert call.response.body == b"Stra\xdfe"


BROKEN = {
    "the entry is missing or no object": 7,
    "request is missing or no object": changed("request", to=[]),
    "request.url is missing or no text": changed("request", "url"),
    "request.url is no URL": changed("request", "url", to="https://[::1/x"),
    "request.url holds white space": changed("request", "url", to="https://api.inverted.ai/a b"),
    "request.method is missing or no text": changed("request", "method", to=3),
    "request.headers is no list": changed("request", "headers", to={}),
    "request.headers, item 1 is missing or no object": changed("request", "headers", to=["x"]),
    "request.headers, value is missing": changed("request", "headers", to=[{"name": "a"}]),
    "request.postData is missing, but request.bodySize": changed("request", "postData"),
    "request.postData has params and no text": changed(
        "request", "postData", to={"params": [{"name": "a"}]}
    ),
    "response.status is no status": changed("response", "status", to=[200]),
    "response.content is missing": changed("response", "content"),
    "response.content.text is missing or no text": changed("response", "content", to={"text": 3}),
    "response.content.text is no Base64": changed(
        "response", "content", to={"text": "?", "encoding": "base64"}
    ),
    "startedDateTime is missing": changed("startedDateTime"),
    "startedDateTime is not written as": changed("startedDateTime", to="yesterday"),
    "startedDateTime is no time": changed("startedDateTime", to="2026-13-01T00:00:00Z"),
    "startedDateTime is before 1970": changed("startedDateTime", to="9999-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("why", BROKEN)
def test_an_entry_that_is_none_is_left_out_with_a_sentence(tmp_path: Path, why: str) -> None:
    result, calls = imported(tmp_path, har_of(CHROME, BROKEN[why], CHROME))
    (sentence,) = result.problems
    assert sentence.startswith(f"entry 2 of {tmp_path / 'x.har'}, at byte ")
    assert f"is left out ({why}" in sentence
    assert sentence.endswith("): save it again where it was recorded")
    assert (len(calls), result.is_whole) == (2, False)


def test_times_that_are_none_are_not_known(tmp_path: Path) -> None:
    entry = changed("time", to="long", timings={"send": True, "wait": "x", "receive": -1})
    _, (call,) = imported(tmp_path, har_of(entry).replace(b"true", b"NaN"))
    assert call.ended_ns == call.request.started_ns == STARTED_NS


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.999])
def test_a_file_that_is_cut_off_is_imported_as_far_as_it_goes(cli: Cli, share: float) -> None:
    whole = har_of(*[CHROME] * 5)
    cut = whole[: int(len(whole) * share)]
    (cli.folder / "x.har").write_bytes(cut)
    done = cli.invoke("import", "x.har", "-o", "x.iairec")
    count = cut.count(b"\n      }")  # as an entry ends
    assert done.exit_code == 3
    read = f"{count} entry" if count == 1 else f"{count} entries"
    assert f"of x.har only {read} can be read (the file ends at byte {len(cut)}, " in done.stderr
    if not count:
        assert not (cli.folder / "x.iairec").exists()
        return
    with Recording(cli.folder / "x.iairec") as recording:
        assert len(recording) == count


def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "x.iairec"

    def found() -> Iterator[Found]:
        for _ in range(200):  # more than wait to be written
            yield Taken(exchange(), Place("entry", "again"))
        assert not out.exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_calls(found(), out)
    assert list(tmp_path.iterdir()) == []


NO_HAR = {
    "no entries": b'{"log": {"version": "1.2"}}',
    "entries that are no list": b'{"log": {"entries": {"a": 1}}}',
    "another JSON": b'{"drive_requests": []}',
    "a list": b"[1, 2]",
    "no JSON": b"hello",
    "nothing": b"",
    "no end": b'{"log": {"' + b"[" * 100_000,
    "UTF-16": '{"log": {"entries": []}}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", NO_HAR)
def test_a_file_that_is_none_leaves_no_recording(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.har").write_bytes(NO_HAR[name])
    with pytest.raises(InputError, match=r"x.har is no HAR file \(.*\): save it again"):
        import_har(tmp_path / "x.har", tmp_path / "x.iairec", Hosts())
    assert not (tmp_path / "x.iairec").exists()


def test_many_problems_are_counted(tmp_path: Path) -> None:
    result, _ = imported(tmp_path, har_of(*[1] * 50))
    assert len(result.problems) == 11
    assert result.problems[-1] == "40 more can't be read either"


@pytest.mark.parametrize("name", ["http://x", "a b", "", "x:y", "x:1:2", "::1"])
def test_a_host_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no host: give one such as "):
        Hosts.of([name])


def test_a_named_host_may_have_a_port_and_be_an_address() -> None:
    hosts = Hosts.of(["Example.com", "[::1]:8000", "10.0.0.1:80"])
    assert hosts.has("example.com", 1234)
    assert hosts.has("::1", 8000)
    assert not hosts.has("::1", 80)
    assert hosts.has("10.0.0.1", 80)
    assert hosts.has("api.inverted.ai", 443)


def test_a_file_that_can_not_be_read_is_named(cli: Cli) -> None:
    done = cli.invoke("import", "gone.har", "-o", "x.iairec")
    assert (done.exit_code, done.stderr) == (
        3,
        "iai-proxy: can't read gone.har (No such file or directory): give a HAR file\n",
    )
