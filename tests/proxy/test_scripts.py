"""The addon scripts in mitmdump itself: the same promises, and a bad start lets nothing through."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.proxy import Upstreamed

from iai_proxy.recordings import Recording

ADDONS = Path(__file__).parent.parent.parent / "addons"
MITMDUMP = Path(sys.executable).parent / "mitmdump"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def mitmdump(
    script: str, folder: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    port = free_port()
    command = [
        str(MITMDUMP),
        "--listen-host",
        "127.0.0.1",
        "--listen-port",
        str(port),
        "-s",
        str(ADDONS / script),
    ]
    command += ["--set", f"confdir={folder / 'conf'}", *arguments]
    with (folder / "log").open("w+") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, text=True
        )
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                if process.poll() is not None:
                    break
                time.sleep(0.05)
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def settings(**values: str) -> list[str]:
    return [part for name, value in values.items() for part in ("--set", f"{name}={value}")]


def test_mitmdump_records_and_replays_with_the_scripts(
    tmp_path: Path, upstream: Upstreamed
) -> None:
    given = settings(
        iai_recording="run.iairec", iai_upstream=upstream.url, stream_large_bodies="1k"
    )
    url, body = "http://api.inverted.ai:1/v0/aws/m1/drive", b'{"a": 1}' * 1000
    with (
        mitmdump("record.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        seen = client.post(url, content=body)
        assert seen.status_code == 200
    with Recording(tmp_path / "run.iairec") as recording:
        (exchange,) = recording.exchanges()
    assert (
        exchange.request.body == body
    )  # though mitmproxy was told to stream what is larger than 1k
    reached = upstream.connections
    with (
        mitmdump("replay.py", tmp_path, *settings(iai_recording="run.iairec")) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        again, missed = client.post(url, content=body), client.post(url, content=b"other")
    assert (again.content, again.headers["x-iai-proxy-match"]) == (seen.content, "exact")
    assert missed.status_code == 404
    assert upstream.connections == reached


def test_mitmdump_answers_large_calls_with_the_scripts(
    tmp_path: Path, upstream: Upstreamed
) -> None:
    answer = b'{"agent_states": [[1, 2, 3, 4]], "recurrent_states": [[5]]}'
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, answer)
    call = {
        "location": "a",
        "agent_states": [[0, 0, 0, 0], [500, 0, 0, 0]],
        "single_call_agent_limit": 1,
    }
    url = "http://api.inverted.ai:1/v0/aws/m1/large_drive"
    given = settings(iai_recording="run.iairec", iai_upstream=upstream.url)
    with (
        mitmdump("record.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        seen = client.post(url, json=call)
    assert seen.json()["agent_states"] == [[1, 2, 3, 4]] * 2
    with Recording(tmp_path / "run.iairec") as recording:
        assert [one.endpoint for one in recording.calls()] == ["drive", "drive", "large_drive"]
    given = settings(iai_recording="run.iairec")
    with (
        mitmdump("replay.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        assert client.post(url, json=call).content == seen.content


@pytest.mark.parametrize(
    ("script", "arguments", "sentence"),
    [
        ("record.py", settings(iai_recordin="x.iairec"), "there is no option iai_recordin"),
        ("record.py", settings(iai_append="maybe"), 'must be "true"'),
        ("replay.py", settings(), "give the recording with --set iai_recording=FILE"),
        (
            "replay.py",
            settings(iai_recording="missing.iairec"),
            "there is no recording missing.iairec",
        ),
        ("replay.py", ["--set", "iai_recording"], "Option is required: iai_recording"),
        (
            "replay.py",
            settings(iai_recording="x", iai_match="loose"),
            "iai_match is loose: give exact",
        ),
        (
            "replay.py",
            settings(iai_recording="x", iai_tolerance="-1"),
            "iai_tolerance is -1: give a number from 0",
        ),
        (
            "replay.py",
            settings(iai_recording="x", iai_config="missing.toml"),
            "can't read the settings file",
        ),
    ],
)
def test_a_bad_start_ends_mitmdump_with_a_sentence(
    tmp_path: Path, script: str, arguments: list[str], sentence: str
) -> None:
    with mitmdump(script, tmp_path, *arguments) as (process, _):
        assert process.wait(20) == 1
    assert sentence in (tmp_path / "log").read_text()


def test_a_setting_given_twice_ends_mitmdump_rather_than_letting_traffic_through(
    tmp_path: Path,
) -> None:
    twice = ["--set", "iai_recording=a.iairec", "--set", "iai_recording=b.iairec"]
    with mitmdump("replay.py", tmp_path, *twice) as (process, _):
        assert process.wait(20) == 1


def drive(client: httpx.Client, seed: int = 0) -> httpx.Response:
    call = {"location": "town:a", "agent_states": [[0, 0, 0, 1]], "random_seed": seed}
    return client.post("http://api.inverted.ai:1/v0/aws/m1/drive", json=call)


def test_the_scripts_speak_of_options_of_mitmproxy(tmp_path: Path, upstream: Upstreamed) -> None:
    given = settings(iai_recording="run.iairec", iai_upstream=upstream.url)
    with (
        mitmdump("record.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        assert drive(client).status_code == 200
    assert "scenario logs: --set iai_maps=true asks for it" in (tmp_path / "log").read_text()
    given = settings(iai_recording="run.iairec", iai_match="exact", iai_fault="drive:step=9:drop")
    with (
        mitmdump("replay.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        missed = drive(client, seed=1)
    assert "; --set iai_match=seedless accepts it" in missed.text
    said = (tmp_path / "log").read_text()
    assert said.count("; --set iai_match=seedless accepts it") == 2  # at once, and at the end
    assert "--set iai_fault=drive:step=9:drop never happened" in said
    with mitmdump("record.py", tmp_path, *settings(iai_recording="run.iairec")) as (process, _):
        assert process.wait(20) == 1
    assert "give --set iai_append=true to continue it" in (tmp_path / "log").read_text()


def test_the_recording_script_asks_for_maps_at_its_end(
    tmp_path: Path, upstream: Upstreamed
) -> None:
    answer = b'{"agent_states": [[0, 0, 0, 1]], "recurrent_states": [[0.5]]}'
    upstream.answer = lambda _: (200, {"content-type": "application/json"}, answer)
    given = settings(iai_recording="run.iairec", iai_upstream=upstream.url, iai_maps="true")
    with (
        mitmdump("record.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False) as client,
    ):
        time.sleep(1)
        drive(client)
    with Recording(tmp_path / "run.iairec") as recording:
        calls = list(recording.calls())
    assert [call.endpoint for call in calls] == ["drive", "location_info"]
    assert "location=town%3Aa" in calls[1].target
    said = (tmp_path / "log").read_text()
    assert "recorded 2 calls" in said
    assert "no map is recorded" not in said
    assert "Traceback" not in said


def test_mitmdump_finishes_its_recording_when_its_terminal_is_closed(
    tmp_path: Path, upstream: Upstreamed
) -> None:
    given = settings(iai_recording="run.iairec", iai_upstream=upstream.url)
    with (
        mitmdump("record.py", tmp_path, *given) as (process, proxy),
        httpx.Client(proxy=proxy, trust_env=False, timeout=20) as client,
    ):
        time.sleep(1)
        assert client.get("http://api.inverted.ai/v0/aws/m1/test").status_code == 200
        process.send_signal(signal.SIGHUP)
        assert process.wait(20) == 0
    assert not (tmp_path / "run.iairec-wal").exists()
    with Recording(tmp_path / "run.iairec") as recording:
        assert len(list(recording.exchanges())) == 1


def test_mitmdump_records_nothing_of_what_a_client_sends_to_its_own_service(
    tmp_path: Path, upstream: Upstreamed
) -> None:
    given = settings(iai_recording="run.iairec", iai_upstream="http://127.0.0.1:1")
    with (
        mitmdump("record.py", tmp_path, *given) as (_, proxy),
        httpx.Client(proxy=proxy, trust_env=False, timeout=20) as client,
    ):
        time.sleep(1)
        assert client.get(f"{upstream.url}/test").status_code == 200
    assert not (tmp_path / "run.iairec").exists()
