"""``iai-proxy upload``, and ``record --upload``."""

from __future__ import annotations

import json
import signal
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from shutil import copy

import pytest
from support.cli import Cli, posting
from support.exchanges import exchange
from support.proxy import Upstreamed
from support.recordings import change, write
from support.storage import Storage, answer_with, web_server

from iai_proxy.recordings import RecordingWriter
from iai_proxy.sources import named

pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture
def runs(cli: Cli) -> Path:
    folder = cli.folder / "runs"
    folder.mkdir()
    for name in ("b", "a"):
        write(folder / f"{name}.iairec", exchange(name.encode()))
    return folder


def test_what_is_not_there_yet_is_uploaded(cli: Cli, runs: Path, s3: Storage) -> None:
    done = cli.invoke("upload", "runs/a.iairec", "s3://team/r/")
    assert (done.exit_code, done.stdout) == (
        0,
        "runs/a.iairec is uploaded, as s3://team/r/a.iairec\n",
    )
    done = cli.invoke("upload", "runs", "s3://team/r")
    assert (done.exit_code, done.stdout) == (
        0,
        "runs/a.iairec is already uploaded, as s3://team/r/a.iairec\n"
        "runs/b.iairec is uploaded, as s3://team/r/b.iairec\n",
    )
    for name in ("a", "b"):
        assert s3.get(f"r/{name}.iairec") == (runs / f"{name}.iairec").read_bytes()


def test_each_recording_has_a_result_of_its_own(cli: Cli, runs: Path, s3: Storage) -> None:
    change(runs / "a.iairec", "UPDATE body SET data = x'00'")
    (runs / "c.iairec").write_text("no recording")
    with RecordingWriter(runs / "d.iairec") as writer:
        writer.append(exchange).result()
        done = cli.invoke("upload", "runs", "s3://team/", "--json")
    results = [{**result, "error": bool(result["error"])} for result in json.loads(done.stdout)]
    assert results == [
        {"file": "runs/a.iairec", "state": "failed", "url": None, "error": True},
        {
            "file": "runs/b.iairec",
            "state": "uploaded",
            "url": "s3://team/b.iairec",
            "error": False,
        },
        {"file": "runs/c.iairec", "state": "failed", "url": None, "error": True},
        {"file": "runs/d.iairec", "state": "being written", "url": None, "error": False},
    ]
    assert done.exit_code == 3
    assert done.stderr.splitlines()[0] == (
        "iai-proxy: runs/a.iairec is damaged and was not uploaded: `iai-proxy verify "
        "runs/a.iairec` says what is whole"
    )
    assert s3.keys() == ["b.iairec"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            ["runs/a.iairec"],
            2,
            "iai-proxy: no one said where runs/a.iairec is to go: end the command with a URL, such "
            "as s3://team/runs/\n",
        ),
        (["s3://team/"], 2, "Missing argument 'FILE'."),
        (
            ["s3://team/a.iairec", "s3://team/"],
            2,
            "2 URLs are given: give files, and one URL at the end",
        ),
        (
            ["runs", "https://host.example/runs?sig=hush"],
            2,
            "https://host.example/runs can't be uploaded to",
        ),
        (["runs/gone.iairec", "s3://team/"], 3, "runs/gone.iairec"),
        (
            ["runs", "s3:/team/j/"],
            2,
            "s3:/ has one slash, and a URL two: write s3://…\n",
        ),
        (
            ["runs", "ftp://host/runs/"],
            2,
            "nothing can be uploaded to ftp://: give s3://BUCKET/…, gs://BUCKET/… or "
            "az://CONTAINER/…\n",
        ),
        (
            ["runs", "s3:///runs/"],
            2,
            "s3:///runs/ names no bucket: give s3://BUCKET/…, gs://BUCKET/… or az://CONTAINER/…\n",
        ),
        (["runs", "https://host.example/"], 2, "what begins with https:// can't be uploaded to"),
    ],
)
def test_what_can_not_be_uploaded_is_said(
    cli: Cli, runs: Path, s3: Storage, words: list[str], code: int, sentence: str
) -> None:
    done = cli.invoke("upload", *words)
    assert done.exit_code == code
    assert sentence in done.stderr
    assert "hush" not in done.stderr
    assert s3.keys() == []


def test_an_upload_that_fails_is_tried_again_by_upload(
    cli: Cli, upstream: Upstreamed, s3: Storage
) -> None:
    def record(*client: str) -> tuple[int, str]:
        options = ("--upload", "s3://team/r/", "--upstream", upstream.url)
        with web_server(lambda handler: answer_with(handler, b"", 403)) as refusing:
            done = cli.run(
                "record", "-o", f"{len(client)}.iairec", *options, "--", *client,
                env={"AWS_ENDPOINT_URL": refusing.url},
            )  # fmt: skip
        return done.returncode, done.stderr

    code, said = record(*posting(1))
    assert code == 1
    assert "3.iairec was not uploaded: s3://team/r/3.iairec may not be used (403)" in said
    assert "`iai-proxy upload .` uploads it later: it knows where to" in said
    code, _ = record("sh", "-c", 'python3 -c "$1"; exit 7', "sh", posting(1)[2])
    assert code == 7
    assert s3.keys() == []
    assert cli.invoke("upload", ".").exit_code == 0
    assert s3.keys() == ["r/3.iairec", "r/5.iairec"]
    assert cli.invoke("show", "3.iairec", "--json").stdout.count("s3://team/r/3.iairec") == 1


def test_a_bucket_that_is_not_there_is_said_at_the_start_and_how_to_name_another_at_the_end(
    cli: Cli, upstream: Upstreamed, s3: Storage
) -> None:
    options = ("--upload", "s3://taem/r/", "--upstream", upstream.url)
    done = cli.run("record", "-o", "run.iairec", *options, "--", *posting(1))
    assert done.returncode == 1
    warning = "warning: the upload at the end will fail unless this changes: "
    why = "s3://taem/r/run.iairec: there is no bucket taem; is its name right?"
    said = done.stderr.splitlines()
    at_start, at_end = (said.index(f"iai-proxy: {begin}{why}") for begin in (
        warning, "run.iairec was not uploaded: ",
    ))  # fmt: skip
    assert at_start < at_end
    assert said[at_end + 1] == (
        "iai-proxy: `iai-proxy upload run.iairec s3://BUCKET/PREFIX/` uploads it, with the right "
        "name"
    )
    assert cli.invoke("upload", "run.iairec", "s3://team/r/").exit_code == 0
    assert s3.keys() == ["r/run.iairec"]


def test_an_upload_that_is_killed_is_none_and_can_be_made_again(
    cli: Cli, runs: Path, s3: Storage
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        ended.wait(20)
        handler.close_connection = True

    with web_server(answer) as stalling:
        variables = {"AWS_ENDPOINT_URL": stalling.url}
        with cli.start("upload", "runs/a.iairec", "s3://team/", env=variables) as uploading:
            assert begun.wait(20)
            uploading.stop(signal.SIGKILL)
        ended.set()
    assert not [*runs.glob("*.uploaded")]
    done = cli.invoke("upload", "runs/a.iairec", "s3://team/")
    assert done.exit_code == 0
    assert s3.get("a.iairec") == (runs / "a.iairec").read_bytes()


def test_where_nothing_is_recorded_nothing_is_uploaded(cli: Cli, s3: Storage) -> None:
    done = cli.run("record", "-o", "run.iairec", "--upload", "s3://team/", "--", "true")
    assert done.returncode == 0
    assert s3.keys() == []
    assert not [*cli.folder.glob("run.iairec*")]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "https://u:hush@host/r?sig=hush",
            "https://host/r can't be uploaded to: give s3://BUCKET/…, gs://BUCKET/… or "
            "az://CONTAINER/…",
        ),
        ("s3:/team/j/", "s3:/ has one slash, and a URL two: write s3://…"),
        (
            "team/j",
            "it is no URL: give s3://BUCKET/…, gs://BUCKET/… or az://CONTAINER/…",
        ),
    ],
)
def test_a_url_that_is_none_is_refused_before_anything_is_recorded(
    cli: Cli, url: str, why: str
) -> None:
    done = cli.invoke("record", "--upload", url, "--", "true")
    assert done.exit_code == 2
    assert done.stderr == f"iai-proxy: --upload can't be used: {why}\n"


def test_what_is_no_longer_there_is_uploaded_again(cli: Cli, runs: Path, s3: Storage) -> None:
    said = "runs/a.iairec is uploaded, as s3://team/r/a.iairec\n"
    assert cli.invoke("upload", "runs/a.iairec", "s3://team/r/").stdout == said
    for words in (["s3://team/r/"], []):
        s3.empty()
        assert cli.invoke("upload", "runs/a.iairec", *words).stdout == said
        assert s3.get("r/a.iairec") == (runs / "a.iairec").read_bytes()
    s3.put("r/a.iairec", b"another")
    assert "is uploaded, as s3://team/r/a-" in cli.invoke("upload", "runs/a.iairec").stdout


def test_the_url_that_is_named_is_where_it_goes(cli: Cli, runs: Path, s3: Storage) -> None:
    for prefix in ("s3://team/p/", "s3://team/other", "s3://team/p/q/", "s3://team"):
        assert cli.invoke("upload", "runs/a.iairec", prefix).exit_code == 0
    assert s3.keys() == ["a.iairec", "other/a.iairec", "p/a.iairec", "p/q/a.iairec"]


def test_where_the_store_can_not_be_asked_nothing_is_said_to_be_there(
    cli: Cli, runs: Path, s3: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.invoke("upload", "runs/a.iairec", "s3://team/")
    with web_server(lambda handler: answer_with(handler, b"", 403)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        done = cli.invoke("upload", "runs/a.iairec")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "iai-proxy: runs/a.iairec is noted as uploaded, and no one can say whether it is there: "
        "s3://team/a.iairec may not be used (403)"
    )


def test_show_tells_what_the_note_says_and_when_it_was(cli: Cli, runs: Path, s3: Storage) -> None:
    cli.invoke("upload", "runs/a.iairec", "s3://team/")
    noted = json.loads((runs / "a.iairec.uploaded").read_text())
    s3.empty()
    when = datetime.fromtimestamp(noted["uploaded_ns"] // 10**9, UTC)
    (line,) = (
        line
        for line in cli.invoke("show", "runs/a.iairec").stdout.splitlines()
        if line.startswith("uploaded: ")
    )
    assert line.endswith(", as s3://team/a.iairec")
    assert f"{when:%Y-%m-%d %H:%M:%S}" in line


#: Without `.iairec`, and with what means something in URLs, in globs, or to a shell.
NAMES = [
    *("a b", "p%20c", "h#x", "star*", "[b]", "ü", "back\\s"),
    *("{c}", "-d", "a=b", "~t", "x?", "a&b+c"),
]


def test_each_url_that_is_printed_reads_the_object_back(cli: Cli, runs: Path, s3: Storage) -> None:
    for name in NAMES:
        copy(runs / "a.iairec", runs / f"{name}.iairec")
    results = json.loads(cli.invoke("upload", "runs", "s3://team/r/", "--json").stdout)
    assert len(results) == len(NAMES) + 2
    for result in results:
        (source,) = named([result["url"]])
        original = cli.folder / result["file"]
        assert source.local().read_bytes() == original.read_bytes(), result


@pytest.mark.parametrize("name", ["q?y=1.iairec", "nl\nx.iairec", "tab\tx.iairec", "\udc80.iairec"])
def test_what_could_not_be_read_back_is_not_uploaded(
    cli: Cli, runs: Path, s3: Storage, name: str
) -> None:
    copy(runs / "a.iairec", runs / name)
    done = cli.invoke("upload", f"runs/{name}", "s3://team/")
    assert done.exit_code == 1
    assert done.stderr.endswith(
        "can't be read: rename the recording, to letters, digits, - and _ for example\n"
    )
    assert len(done.stderr.splitlines()) == 1
    done = cli.invoke("upload", "runs/b.iairec", "s3://team/a//b/")
    assert done.stderr.endswith("no URL under s3://team/a//b/ can be read: choose another prefix\n")
    assert s3.keys() == []


def test_what_has_changed_since_goes_beside_the_old_object_which_is_named(
    cli: Cli, runs: Path, s3: Storage
) -> None:
    """Nothing is deleted: who reads the prefix has both, and is told so."""
    old = (runs / "a.iairec").read_bytes()
    assert cli.invoke("upload", "runs/a.iairec", "s3://team/r/").exit_code == 0
    assert cli.invoke("label", "runs/a.iairec", "team=blue").exit_code == 0
    shown = cli.invoke("show", "runs/a.iairec").stdout
    assert "changed since its upload: s3://team/r/a.iairec" in shown
    done = cli.invoke("upload", "runs/a.iairec")
    assert done.exit_code == 0
    first, second = s3.keys()
    assert (s3.get("r/a.iairec"), s3.get(first)) == (old, (runs / "a.iairec").read_bytes())
    assert done.stdout == f"runs/a.iairec is uploaded, as s3://team/{first}\n"
    assert done.stderr == (
        f"iai-proxy: s3://team/{second} stays, with runs/a.iairec as it was before it changed: "
        "what reads both counts it twice; if no one needs that object, delete it with your "
        "storage's own tools\n"
    )
    assert f", as s3://team/{first}\n" in cli.invoke("show", "runs/a.iairec").stdout
    again = cli.invoke("upload", "runs/a.iairec")
    assert (again.exit_code, again.stderr) == (0, "")


def test_a_new_recording_was_uploaded_nowhere(cli: Cli, upstream: Upstreamed, s3: Storage) -> None:
    write(cli.folder / "run.iairec")
    assert cli.invoke("upload", "run.iairec", "s3://team/").exit_code == 0
    (cli.folder / "run.iairec").unlink()
    options = ("-o", "run.iairec", "--upstream", upstream.url)
    assert cli.run("record", *options, "--", *posting(1)).returncode == 0
    assert cli.invoke("upload", "run.iairec").exit_code == 2
