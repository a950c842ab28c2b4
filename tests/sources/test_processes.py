"""Several processes read an object at once, and some are killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from support.storage import Storage, answer_with, web_server

from iai_proxy.sources import named

READER = """
import sys
from iai_proxy.sources import named
[source] = named([sys.argv[1]])
print(len(source.local().read_bytes()), flush=True)
"""


def reading(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", READER, url], stdout=subprocess.PIPE, text=True)


@pytest.mark.xdist_group("s3")
def test_one_process_fetches_and_the_others_wait_for_it(s3: Storage, cache: Path) -> None:
    s3.put("a.iairec", bytes(3_000_000))
    processes = [reading("s3://team/a.iairec") for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == ["3000000\n"] * 4
    assert [path.stat().st_size for path in cache.rglob("a.iairec")] == [3_000_000]
    assert not [*cache.rglob("partial-*")]


@pytest.mark.xdist_group("s3")
def test_a_forked_process_says_that_it_can_not_read_objects(s3: Storage, cache: Path) -> None:
    s3.put("a.iairec", b"first")
    program = (
        "import os, sys\n"
        "from iai_proxy.sources import named\n"
        "[source] = named(['s3://team/a.iairec'])\n"
        "if not os.fork():\n"
        "    try:\n"
        "        source.local()\n"
        "    except Exception as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == (
        "reading from object storage can't go on in a process that was forked from one which did "
        "so: start processes with the method spawn, or read in the first one alone\n"
    )


def test_what_a_killed_process_fetched_does_not_count(cache: Path) -> None:
    size = 3_000_000
    begun, ended = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if begun.is_set():
            answer_with(handler, bytes(size), ETag='"1"')
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(size))
        handler.send_header("ETag", '"1"')
        handler.end_headers()
        handler.wfile.write(bytes(size // 2))
        handler.wfile.flush()
        begun.set()
        ended.wait(20)
        handler.close_connection = True

    with web_server(answer) as server:
        url = f"{server.url}/a.iairec"
        with reading(url) as process:
            assert begun.wait(20)
            process.kill()
        ended.set()
        [source] = named([url])
        assert source.local().read_bytes() == bytes(size)
