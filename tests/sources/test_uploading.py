"""Recordings to object storage."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import change, write
from support.storage import Storage, answer_with, web_server

from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import RecordingWriter
from iai_proxy.sources import uploading
from iai_proxy.sources.place import Place, prefix_of
from iai_proxy.sources.upload_notes import forget, remember, uploaded_of, wish_of
from iai_proxy.sources.uploading import BeingWrittenError, NotUploadedError, upload

pytestmark = pytest.mark.xdist_group("s3")

RUNS = Place.of("s3://team/runs/")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.iairec"
    write(path, exchange())
    return path


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_object_has_the_recordings_bytes_and_a_note_says_where(s3: Storage, run: Path) -> None:
    before = run.read_bytes()
    uploaded = upload(run, RUNS)
    assert s3.get("runs/run.iairec") == before == run.read_bytes()
    assert uploaded_of(run) == uploaded
    noted = json.loads(run.with_name("run.iairec.uploaded").read_text())
    head = s3.client.head_object(Bucket="team", Key="runs/run.iairec")
    assert noted == {
        "url": "s3://team/runs/run.iairec",
        "e_tag": head["ETag"],
        "sha256": _sha256(before),
        "bytes": len(before),
        "uploaded_ns": uploaded.uploaded_ns,
    }
    assert sorted(path.name for path in run.parent.iterdir()) == [
        "run.iairec",
        "run.iairec.uploaded",
    ]


def test_another_recording_of_the_same_name_is_not_replaced(s3: Storage, run: Path) -> None:
    s3.put("runs/run.iairec", b"another")
    digest = _sha256(run.read_bytes())
    uploaded = upload(run, RUNS)
    assert uploaded.url == f"s3://team/runs/run-{digest[:12]}.iairec"
    assert s3.get("runs/run.iairec") == b"another"
    assert s3.get(f"runs/run-{digest[:12]}.iairec") == run.read_bytes()


def test_a_recording_that_is_there_already_is_noted(s3: Storage, run: Path) -> None:
    s3.put("runs/run.iairec", run.read_bytes())
    assert upload(run, RUNS).url == "s3://team/runs/run.iairec"
    assert s3.keys() == ["runs/run.iairec"]


def test_where_both_names_are_taken_nothing_is_replaced(s3: Storage, run: Path) -> None:
    digest = _sha256(run.read_bytes())
    taken = ["runs/run.iairec", f"runs/run-{digest[:12]}.iairec"]
    for key in taken:
        s3.put(key, b"another")
    with pytest.raises(NotUploadedError) as refused:
        upload(run, RUNS)
    assert str(refused.value) == (
        f"{run} was not uploaded: s3://team/runs/run-{digest[:12]}.iairec is another object: "
        "choose another prefix"
    )
    assert [s3.get(key) for key in taken] == [b"another", b"another"]


def test_what_is_large_is_sent_in_parts(
    s3: Storage, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "_MOST_AT_ONCE", 1000)
    digest = _sha256(run.read_bytes())
    assert upload(run, RUNS).url == f"s3://team/runs/run-{digest[:12]}.iairec"
    assert s3.get(f"runs/run-{digest[:12]}.iairec") == run.read_bytes()


def test_a_store_without_conditions_gets_a_name_that_no_other_recording_has(
    s3: Storage, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    digest = _sha256(run.read_bytes())
    for _ in range(2):
        assert upload(run, RUNS).url == f"s3://team/runs/run-{digest[:12]}.iairec"
    assert s3.get(f"runs/run-{digest[:12]}.iairec") == run.read_bytes()


def test_a_recording_that_goes_on_is_not_uploaded_any_more(s3: Storage, run: Path) -> None:
    upload(run, RUNS)
    write(run, exchange(), append=True)
    assert uploaded_of(run) is None
    assert upload(run, RUNS).url.startswith("s3://team/runs/run-")


def test_a_recording_that_is_written_is_not_uploaded(s3: Storage, run: Path) -> None:
    with RecordingWriter(run, append=True), pytest.raises(BeingWrittenError) as refused:
        upload(run, RUNS)
    assert "is being written by another iai-proxy" in str(refused.value)
    assert s3.keys() == []
    assert uploaded_of(run) is None


def test_a_damaged_recording_is_not_uploaded(s3: Storage, run: Path) -> None:
    change(run, "UPDATE body SET data = x'00'")
    with pytest.raises(NotUploadedError) as refused:
        upload(run, RUNS)
    assert str(refused.value) == (
        f"{run} is damaged and was not uploaded: `iai-proxy verify {run}` says what is whole"
    )
    assert refused.value.exit_code == 1
    assert s3.keys() == []


def test_what_is_no_recording_is_not_uploaded(s3: Storage, tmp_path: Path) -> None:
    other = tmp_path / "other.iairec"
    other.write_text("{}")
    with pytest.raises(InputError):
        upload(other, RUNS)
    assert s3.keys() == []


def test_a_recording_whose_log_is_beside_it_is_not_uploaded(s3: Storage, run: Path) -> None:
    run.with_name("run.iairec-wal").write_bytes(b"x")
    with pytest.raises(NotUploadedError) as refused:
        upload(run, RUNS)
    assert str(refused.value) == (
        f"{run} was not uploaded: calls of it are in the log beside it; `iai-proxy pack {run}` "
        "makes one file of both"
    )


def test_an_upload_that_fails_leaves_no_note_and_knows_where_to_go(
    s3: Storage, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(run, RUNS)
    with web_server(lambda handler: answer_with(handler, b"", 403)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(NotUploadedError) as refused:
            upload(run, RUNS)
    assert str(refused.value) == (
        f"{run} was not uploaded: s3://team/runs/run.iairec may not be used (403): set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public "
        "bucket"
    )
    assert uploaded_of(run) is None
    assert wish_of(run) == RUNS
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.variables["AWS_ENDPOINT_URL"])
    upload(run, RUNS)
    assert wish_of(run) is None


def test_a_server_that_fails_at_first_is_asked_again(
    run: Path, cache: Path, s3: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = iter([503, 500, 200])
    sent = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if handler.command == "PUT":
            sent.append(data)
            answer_with(handler, b"", next(statuses), ETag='"1"')
        else:
            answer_with(
                handler, sent[-1], ETag='"1"', Last_Modified="Fri, 27 Nov 2020 10:00:00 GMT"
            )

    with web_server(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert upload(run, RUNS).url == "s3://team/runs/run.iairec"
    assert sent == [run.read_bytes()] * 3


def test_an_object_that_is_cut_is_no_upload(
    run: Path, s3: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        answer_with(handler, b"cut", ETag='"1"', Last_Modified="Fri, 27 Nov 2020 10:00:00 GMT")

    size = run.stat().st_size
    with web_server(answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(NotUploadedError) as refused:
            upload(run, RUNS)
    assert str(refused.value) == (
        f"{run} was not uploaded: s3://team/runs/run.iairec has 3 bytes and the recording {size}: "
        "try again"
    )
    assert uploaded_of(run) is None


def test_a_note_that_is_not_ours_is_none(run: Path) -> None:
    for text in ("", "{}", "[]", '{"url": 1}', "x" * 100_000):
        run.with_name("run.iairec.uploaded").write_text(text)
        assert uploaded_of(run) is None


def test_a_wish_is_forgotten(run: Path) -> None:
    remember(run, RUNS)
    forget(run)
    forget(run)
    assert wish_of(run) is None


def test_web_servers_take_no_recordings() -> None:
    with pytest.raises(UsageError) as refused:
        prefix_of("https://u:hush@host.example/runs?sig=hush")
    assert str(refused.value) == (
        "https://host.example/runs can't be uploaded to: give s3://BUCKET/…, gs://BUCKET/… or "
        "az://CONTAINER/…"
    )
