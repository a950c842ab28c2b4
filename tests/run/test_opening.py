"""What can be opened, and what is said of anything else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import change, write
from support.storage import answer_with, web_server

import iai_proxy
from iai_proxy.errors import InputError, UsageError

DEBUG_LOG = json.dumps({"drive_requests": [], "drive_responses": []})


def test_a_path_may_be_a_text_or_a_path_or_bytes(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    for given in (path, str(path), os.fsencode(path)):
        with iai_proxy.open(given) as run:  # type: ignore[arg-type]
            assert len(run.calls) == 1
            assert run.name == str(path)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.iairec", None, "can't read none.iairec (No such file or directory): give a "),
        ("empty.iairec", "", "empty.iairec is empty: give a recording or a URL of one"),
        (
            "scenario.json",
            '{"location": {"identifier": "here"}, "scenario_length": 1}',
            "scenario.json is no recording. If it is a scenario log, it has no calls and can't be "
            "opened here: `LogReader` of invertedai reads it, and `iai-proxy view` shows it",
        ),
        (
            "log.json",
            DEBUG_LOG,
            "log.json is a debug log: make a recording of it with "
            "`iai-proxy import log.json -o log.iairec`, and open that",
        ),
    ],
)
def test_what_is_no_recording_is_said_with_what_reads_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_text(content)
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}"):
        iai_proxy.open(name)


def test_a_folder_can_not_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is a folder: give a recording or a URL of one$"):
        iai_proxy.open(tmp_path)


def test_an_object_is_read_from_the_cache_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAI_PROXY_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "run.iairec"
    write(path, exchange())
    with web_server(lambda asked: answer_with(asked, path.read_bytes())) as server:
        url = f"{server.url}/runs/run.iairec"
        with iai_proxy.open(url) as run:
            assert (run.name, run.call(1).method) == (url, "POST")
            with pytest.raises(UsageError, match=f"^{re.escape(url)} has no call 2: its calls are"):
                run.call(2)


def test_a_damaged_call_is_an_error_where_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange(), exchange(b'{"location":"there"}'))
    change(path, "UPDATE exchange SET method = 'PUT' WHERE id = 2")
    with iai_proxy.open(path) as run:
        calls = iter(run.calls)
        with pytest.raises(InputError, match=r"damaged.*call 2 is not what was recorded"):
            list(calls)
        assert run.call(1).method == "POST"


def test_a_run_says_in_a_line_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    run = iai_proxy.open(path)
    assert repr(run) == f"<{path}: 1 call, 0 simulations, 0 steps>"
    assert repr(run.calls) == "<1 call>"
    assert repr(run.calls.call(1)) == "<call 1: drive, 200, 4 ms>"
    run.close()
    assert repr(iai_proxy.open(path)).startswith(f"<{path}: 1 call")


def test_importing_the_package_alone_does_not_import_the_reader() -> None:
    code = "import sys, iai_proxy; print([n for n in sys.modules if n.startswith('iai_proxy.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
