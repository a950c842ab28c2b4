"""Files of mitmproxy's flows, whole and damaged, as recordings."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import flow, http
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow
from support.cli import Cli

from iai_proxy.api import Exchange
from iai_proxy.errors import InputError
from iai_proxy.formats.foreign_calls import Hosts, ImportedCalls
from iai_proxy.proxy.flow_files import import_flows
from iai_proxy.recordings import Recording

#: What mitmdump 11.0.2 wrote (`--mode reverse:http://127.0.0.1:38111 -w`): a call, and one whose
#: server hung up.
OF_MITMPROXY_11 = Path(__file__).parents[1] / "formats" / "mitmproxy_11.mitm"
BODY = b'{"agent_states": []}'


def called(target: str = "/v0/aws/m1/drive", host: str = "api.inverted.ai") -> http.HTTPFlow:
    """A call with its answer."""
    made = tflow.tflow(resp=True)
    made.request = http.Request.make(
        "POST", f"https://{host}{target}", BODY, {"x-api-key": "a-key-of-someone"}
    )
    made.request.timestamp_start, made.request.timestamp_end = 1000.25, 1000.5
    assert made.response
    made.response.timestamp_start, made.response.timestamp_end = 1001.0, 1002.0
    made.response.content = b'{"key": "a-key-of-someone"}'
    return made


def written(*flows: flow.Flow) -> bytes:
    stream = io.BytesIO()
    writer = FlowWriter(stream)
    for each in flows:
        writer.add(each)
    return stream.getvalue()


def imported(folder: Path, data: bytes, *hosts: str) -> tuple[ImportedCalls, list[Exchange]]:
    (folder / "x.mitm").write_bytes(data)
    (folder / "x.iairec").unlink(missing_ok=True)
    result = import_flows(folder / "x.mitm", folder / "x.iairec", Hosts.of(hosts))
    with Recording(folder / "x.iairec") as recording:
        return result, list(recording.exchanges())


def test_a_file_of_mitmproxy_11(tmp_path: Path) -> None:
    data = OF_MITMPROXY_11.read_bytes()
    result, (drive, blame) = imported(tmp_path, data, "127.0.0.1:38111")
    assert (result.calls, result.failed, result.is_whole) == (2, 1, True)
    assert drive.response
    assert drive.response.body.startswith(b'{"agent_states": [[1.5, 2.0, 0.5, 3.0]]')
    assert (drive.response.encoding, drive.status) == ("gzip", 200)
    assert (blame.status, blame.failure) == (None, "server closed connection")
    assert blame.connection != drive.connection
    assert b"a-key-of-no-one-99" not in (tmp_path / "x.iairec").read_bytes()


def test_times_connections_and_addresses_are_those_of_the_flow(tmp_path: Path) -> None:
    made = called()
    _, (call,) = imported(tmp_path, written(made))
    assert call.request.started_ns == 1_000_250_000_000
    assert call.request.ended_ns == 1_000_500_000_000
    assert call.response
    assert call.response.started_ns == 1_001_000_000_000
    assert call.ended_ns == 1_002_000_000_000
    assert call.connection == made.client_conn.id
    assert (call.client, call.request.body) == ("127.0.0.1:22", BODY)
    assert b"a-key-of-someone" not in call.response.body


def test_what_is_no_call_of_the_api_is_counted_and_left_out(cli: Cli) -> None:
    connect = called()
    connect.request.method = "CONNECT"
    live = tflow.twebsocketflow()
    live.request.host = "api.inverted.ai"
    flows = [
        called(), tflow.ttcpflow(), tflow.tudpflow(), tflow.tdnsflow(), tflow.tdnsflow(), live,
        connect, called(host="example.com"),
    ]  # fmt: skip
    (cli.folder / "run.mitm").write_bytes(written(*flows))
    done = cli.invoke("import", "run.mitm", "-o", "x.iairec")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 call imported into x.iairec",
        "1 TCP connection left out: no call of the API",
        "1 UDP connection left out: no call of the API",
        "2 DNS queries left out: no call of the API",
        "1 websocket left out: no call of the API",
        "1 CONNECT left out: no call of the API",
        "1 call to another host left out: example.com:443 (1)",
    ]


def test_a_transparent_proxy_knows_the_host_by_its_tls_name(tmp_path: Path) -> None:
    made = called(host="192.0.2.7")
    made.client_conn.sni = "api.inverted.ai"
    _, (call,) = imported(tmp_path, written(made))
    assert call.request.host == "api.inverted.ai"


def streamed(part: str) -> http.HTTPFlow:
    made = called()
    getattr(made, part).data.content = None
    return made


def test_bodies_that_mitmproxy_streamed_are_not_taken_for_empty_ones(tmp_path: Path) -> None:
    result, (call,) = imported(tmp_path, written(streamed("request"), streamed("response")))
    assert [left_out.why for left_out in result.left_out] == [
        "mitmproxy streamed the body of the request, and did not keep it"
    ]
    assert call.failure == "mitmproxy streamed the answer's body and did not keep it"


def test_a_call_that_was_under_way_has_no_answer(tmp_path: Path) -> None:
    made = called()
    made.response = None
    _, (call,) = imported(tmp_path, written(made))
    assert call.failure == "no answer in the flow file"


def test_a_file_that_is_cut_off_anywhere_is_imported_as_far_as_it_goes(tmp_path: Path) -> None:
    first, second = written(called("/drive")), written(called("/light"))
    for length in random.Random(3).sample(range(len(second)), 12):
        result, calls = imported(tmp_path, first + second[:length])
        assert [call.request.target for call in calls] == ["/drive"]
        assert result.is_whole == (not length)
    result, _ = imported(tmp_path, first + second[:-1])
    assert result.problems == [
        f"flow 2 of {tmp_path / 'x.mitm'}, at byte {len(first)}, is cut off: {len(second)} bytes "
        f"were to come, {len(second) - 1} are there: save the flows again with mitmproxy"
    ]


def state(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a flow with something else in it."""
    found: Any = called().get_state()
    change(found)
    return tnetstring.dumps(found)


HOSTILE = {
    "a list": tnetstring.dumps([1, 2]),
    "a number": tnetstring.dumps(7),
    "an empty object": tnetstring.dumps({}),
    "a newer version": state(lambda found: found.update(version=9999)),
    "no version": state(lambda found: found.pop("version")),
    "another kind": state(lambda found: found.update(type="magic")),
    "a request that is none": state(lambda found: found.update(request=[])),
    "a method that is none": state(lambda found: found["request"].update(method=5)),
    "a port that is none": state(lambda found: found["request"].update(port="x")),
    "a status that is none": state(lambda found: found["response"].update(status_code=7)),
    "a time that is none": state(lambda found: found["request"].update(timestamp_start=1e300)),
    "no number as time": state(lambda found: found["response"].update(timestamp_end=float("nan"))),
    "lists in lists": b"99999:" + b"1:" * 49999 + b"]" + b"]",
    "a brace": b"1:{}",
    "a method with lines": state(lambda found: found["request"].update(method=b"GET\r\nX: y")),
    "no method": state(lambda found: found["request"].update(method=b"")),
    "a target with blanks": state(lambda found: found["request"].update(path=b"/a b")),
    "a key in another kind": state(lambda found: found.update(type="a-key-of-someone")),
    "a version that is no text": state(
        lambda found: found["request"].update(http_version=b"a-key-of-someone \xff")
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_flow_that_is_none_is_left_out_and_the_others_are_taken(
    tmp_path: Path, name: str
) -> None:
    good = written(called())
    result, calls = imported(tmp_path, good + HOSTILE[name] + good)
    assert len(calls) == 2
    (sentence,) = result.problems
    assert sentence.startswith(f"flow 2 of {tmp_path / 'x.mitm'}, at byte {len(good)}, is left out")
    assert sentence.endswith(": save the flows again with mitmproxy")
    assert "a-key-of-someone" not in sentence


def test_what_follows_a_flow_without_a_length_is_lost(tmp_path: Path) -> None:
    result, calls = imported(tmp_path, written(called()) + b"?" + written(called()))
    assert len(calls) == 1
    assert "has no length before it, and what follows is lost" in result.problems[0]


def test_a_length_beyond_all_calls_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, short = written(called("/" + "x" * 9000)), written(called())
    monkeypatch.setattr("iai_proxy.proxy.flow_files._LONGEST", len(short))
    result, calls = imported(tmp_path, long + short)
    assert len(calls) == 1
    assert "is left out (it has 10" in result.problems[0]


def test_a_metadata_that_is_not_ours_says_nothing(tmp_path: Path) -> None:
    made = called()
    made.metadata["iai-proxy-part-of"] = ["t", 5, None]
    _, (call,) = imported(tmp_path, written(made))
    assert call.large is None


def test_the_large_call_that_our_own_script_noted_is_kept(tmp_path: Path) -> None:
    made = called()
    made.metadata["iai-proxy-part-of"] = ("token-1", "connection-9", "127.0.0.1:4000")
    _, (call,) = imported(tmp_path, written(made))
    assert (call.large, call.connection, call.client) == (
        "token-1", "connection-9", "127.0.0.1:4000",
    )  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"hello", b'{"log": {}}', b"[1]"])
def test_a_file_that_is_none_leaves_no_recording(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.mitm").write_bytes(data)
    with pytest.raises(InputError, match="is no file of mitmproxy's flows"):
        import_flows(tmp_path / "x.mitm", tmp_path / "x.iairec", Hosts())
    assert not (tmp_path / "x.iairec").exists()
