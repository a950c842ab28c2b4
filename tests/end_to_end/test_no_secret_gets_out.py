"""A secret stands nowhere in what recording leaves behind, wherever it was and however written."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from end_to_end.plantings import HARMLESS, Planting, plantings
from support.cli import Cli, python
from support.raw_server import raw_server
from support.secret_finder import readings
from support.tries import Tries

from iai_proxy.recordings import Recording

pytestmark = pytest.mark.xdist_group("plantings")


@contextmanager
def server(planted: list[Planting]) -> Iterator[str]:
    """Serve the answers of plantings, and give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            number = int(self.path.partition("?")[0].rpartition("/")[2])
            answer = planted[number]
            self.send_response(200, answer.reason)
            for name, value in answer.answer_headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.answer)))
            self.end_headers()
            self.wfile.write(answer.answer)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def call(connection: http.client.HTTPConnection, number: int, planted: Planting) -> None:
    connection.putrequest("POST", f"/other/{number}{planted.target}", skip_accept_encoding=True)
    for name, value in (*planted.headers, ("content-length", str(len(planted.body)))):
        connection.putheader(name, value)
    connection.endheaders(planted.body)
    assert connection.getresponse().read() == planted.answer


def later_calls(planted: list[Planting]) -> list[Planting]:
    """Return calls that tell the keys of earlier ones."""
    return [
        Planting("", each.secret, headers=(("x-api-key", each.secret),))
        for each in planted
        if each.late
    ]


def everything_told(cli: Cli, recording: Path, said: str) -> bytes:
    """Return the bytes of all that is left, and all that commands print of it."""
    printed = [said]
    for arguments in (["calls", "--json"], ["show"], ["verify"], ["diagnose"]):
        done = cli.invoke(arguments[0], str(recording), *arguments[1:])
        printed += [done.stdout, done.stderr]
    files = [path.read_bytes() for path in sorted(cli.folder.rglob("*")) if path.is_file()]
    with Recording(recording) as opened:
        exchanges = list(opened.exchanges())
    parts = [*files, "\n".join(printed).encode("utf-8", "surrogateescape")]
    for exchange in exchanges:
        answer = exchange.response
        assert answer is not None
        heads = [exchange.request.target, *map(str, exchange.request.headers)]
        heads += [answer.reason, *map(str, answer.headers)]
        parts += ["\n".join(heads).encode("utf-8", "surrogateescape")]
        parts += [exchange.request.body, answer.body]
    return parts


def test_a_secret_stands_nowhere(cli: Cli, tries: Tries) -> None:
    planted = plantings()
    harmless = [Planting("", "", answer=answer) for answer in HARMLESS]
    calls = [*planted, *later_calls(planted), *harmless]
    with (
        server(calls) as url,
        cli.start(
            "record", "-o", "run.iairec", "--listen", "none", "--reverse-listen", "127.0.0.1:0",
            "--upstream", url,
        ) as proxy,
    ):  # fmt: skip
        address = proxy.wait_for(r"IAI_DEV_URL=http://(\S+)")[1]
        connection = http.client.HTTPConnection(address)
        for number, each in enumerate(calls):
            call(connection, number, each)
        connection.close()
        assert proxy.stop(signal.SIGTERM) == 0
    recording = cli.folder / "run.iairec"
    parts = everything_told(cli, recording, proxy.output())
    read = {plain for part in parts for plain in readings(part)}
    found = [each.place for each in planted if any(each.secret.encode() in plain for plain in read)]
    assert found == []
    with Recording(recording) as opened:
        answers = [each.response.body for each in opened.exchanges() if each.response]
    assert answers[-len(HARMLESS) :] == list(HARMLESS)
    assert len(json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)) == len(calls)
    tries.note("plantings", len(planted))


def test_the_finder_finds_what_was_planted() -> None:
    for each in plantings():
        told = [each.target, *map(str, each.headers), *map(str, each.answer_headers), each.reason]
        parts = ["\n".join(told).encode(), each.body, each.answer]
        assert any(each.secret.encode() in plain for part in parts for plain in readings(part)), (
            each.place
        )


@pytest.mark.parametrize(
    "answer",
    [
        b"NOT HTTP k={}\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header {}\r\n\r\n",
        b"HTTP/9.9 {}\r\n\r\n",
    ],
)
def test_what_is_said_of_a_broken_answer_has_no_key_in_it(cli: Cli, answer: bytes) -> None:
    key = "wIvBAaD9tkxDmXbCVeQJ"
    client = (
        "import requests; print(requests.get('https://api.inverted.ai/v0/aws/m1/test', "
        f"headers={{'x-api-key': '{key}'}}).status_code)"
    )
    with raw_server(answer.replace(b"{}", key.encode()), closes=True) as url:
        done = cli.run("record", "-o", "run.iairec", "--upstream", url, "--", *python(client))
    assert done.stdout in {"200\n", "424\n"}  # answers are read liberally
    assert ("sent a broken answer" in done.stderr) is (done.stdout == "424\n")
    assert key not in done.stderr
    assert key.encode() not in (cli.folder / "run.iairec").read_bytes()
