"""Objects in object storage and on web servers, read through the cache."""

from __future__ import annotations

import pickle
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from support.storage import Storage, answer_with, web_server

from iai_proxy.errors import InputError, UsageError
from iai_proxy.sources import Source, named

pytestmark = pytest.mark.xdist_group("s3")


def source(word: str) -> Source:
    (found,) = named([word])
    return found


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("s3://team/runs/a.iairec", ["runs/a.iairec"]),
        ("s3://team/notes.txt", ["notes.txt"]),
        ("s3://team/runs/", ["runs/a.iairec", "runs/b c.iairec", "runs/deep/d.iairec"]),
        ("s3://team/runs", ["runs/a.iairec", "runs/b c.iairec", "runs/deep/d.iairec"]),
        ("s3://team/runs/*.iairec", ["runs/a.iairec", "runs/b c.iairec"]),
        ("s3://team/*/[ad].iairec", ["runs/a.iairec"]),
        ("s3://team/**/d.iairec", ["runs/deep/d.iairec"]),
        ("s3://team/run[1].iairec", ["run[1].iairec"]),
        ("s3://team/run?.iairec", ["run1.iairec", "run2.iairec"]),
        ("s3://team/gone.iairec", ["gone.iairec"]),
    ],
)
def test_objects_prefixes_and_globs_are_found(s3: Storage, word: str, keys: list[str]) -> None:
    for key in (
        "runs/b c.iairec",
        "runs/a.iairec",
        "runs/deep/d.iairec",
        "runs/.hidden.iairec",
        "runs/log.json",
        "notes.txt",
        "run1.iairec",
        "run2.iairec",
        "run[1].iairec",
        "runs-of-others/e.iairec",
    ):
        s3.put(key, b"")
    assert [found.name for found in named([word, word])] == [f"s3://team/{key}" for key in keys]


def test_an_object_is_fetched_once_and_again_when_it_has_changed(s3: Storage, cache: Path) -> None:
    s3.put("a b.iairec", b"first")
    found = pickle.loads(pickle.dumps(source("s3://team/a b.iairec")))
    path = found.local()
    assert path.read_bytes() == b"first"
    assert path.name == "a b.iairec"
    assert path.is_relative_to(cache)
    inode = path.stat().st_ino
    assert found.local().stat().st_ino == inode
    s3.put("a b.iairec", b"other")
    assert found.local().read_bytes() == b"other"


def test_what_is_kept_is_for_its_owner_alone(s3: Storage, cache: Path) -> None:
    s3.put("a.iairec", b"first")
    source("s3://team/a.iairec").local()
    made = [cache, *cache.rglob("*")]
    assert {oct(path.stat().st_mode & 0o077) for path in made} == {"0o0"}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "s3://team/gone.iairec",
            "s3://team/gone.iairec does not exist: is its name right?",
        ),
        (
            "s3://others/a.iairec",
            "s3://others/a.iairec: there is no bucket others; is its name right?",
        ),
    ],
)
def test_what_is_not_there_is_said_when_it_is_read(s3: Storage, word: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        source(word).local()
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "s3://team/none/",
            "s3://team/none/ has no recording under it: name an object, a prefix that ends with /, "
            "or a glob of recordings (*.iairec)",
        ),
        (
            "s3://team/none*",
            "no recording matches s3://team/none*: name an object, a prefix that ends with /, or a "
            "glob of recordings (*.iairec)",
        ),
        (
            "s3://others/runs/",
            "s3://others/runs/: there is no bucket others; is its name right?",
        ),
    ],
)
def test_prefixes_and_globs_of_nothing_are_refused(s3: Storage, word: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        named([word])
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (
            "ftp://host/a.iairec",
            "ftp:// is nothing that can be read: give s3://BUCKET/…, gs://BUCKET/…, "
            "az://CONTAINER/… or https://…",
        ),
        (
            "http://192.0.2.1/a.iairec?sig=hush",
            "http://192.0.2.1 is another machine, and what is read goes there and back "
            "unprotected: give https://, or set IAI_PROXY_ALLOW_HTTP=1",
        ),
        (
            "https://u:hush@host.example/runs/?sig=hush",
            "https://host.example/runs/ names no file: a web server lists none; give "
            "s3://BUCKET/…, gs://BUCKET/…, az://CONTAINER/… or https://…",
        ),
        (
            "https://[hush/a.iairec",
            "what begins with https:// is no URL: see how its host is written",
        ),
        (
            "az://runs/a.iairec?sv=1&sig=hush",
            "az:// URLs have no query: give a signed URL as https://…",
        ),
        (
            "s3://AKIA:hush@team/a.iairec",
            "s3:// URLs hold no password: set the variables of docs/cloud.md",
        ),
    ],
)
def test_urls_that_lead_nowhere_are_refused_without_their_secrets(word: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        named([word])
    assert str(refused.value) == sentence


def test_a_signed_url_is_asked_for_as_it_is_and_never_said(cache: Path) -> None:
    signed = "/runs/a%20b.iairec?X-Sig=hush%2Fhush&n=1"

    def answer(handler: BaseHTTPRequestHandler) -> None:
        assert handler.path == signed
        answer_with(handler, b"first", ETag='"1"', Connection="close")

    with web_server(answer) as server:
        found = source(server.url.replace("//", "//user:hush@") + signed)
        assert found.name == f"{server.url}/runs/a%20b.iairec"
        assert "hush" not in repr(found)
        path = found.local()
        assert path.name == "a b.iairec"
        assert path.read_bytes() == b"first"
        assert server.asked == [("GET", signed)]


def test_a_server_that_can_not_be_reached_is_said_without_the_secrets_of_its_url(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAI_PROXY_POINTED", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    found = source("http://u:hush@127.0.0.1:1/a.iairec?sig=hush")
    with pytest.raises(InputError) as refused:
        found.local()
    assert str(refused.value) == (
        "http://127.0.0.1:1/a.iairec: 127.0.0.1:1 can't be reached; is the network there, and the "
        "endpoint right? This shell's HTTPS_PROXY is iai-proxy: try another shell"
    )


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "does not exist: is its name right?"),
        (403, "may not be used (403): is the signed URL still valid?"),
        (401, "may not be used (401): is the signed URL still valid?"),
        (410, "can't be had: its server says 410"),
    ],
)
def test_what_a_web_server_refuses_is_said(cache: Path, status: int, sentence: str) -> None:
    with web_server(lambda handler: answer_with(handler, b"", status)) as server:
        found = source(f"{server.url}/a.iairec?sig=hush")
        with pytest.raises(InputError) as refused:
            found.local()
    assert str(refused.value).removeprefix(found.name).lstrip() == sentence


def test_a_server_that_fails_at_first_is_asked_again(cache: Path) -> None:
    statuses = iter([503, 500, 200])
    with web_server(lambda handler: answer_with(handler, b"first", next(statuses))) as server:
        assert source(f"{server.url}/a.iairec").local().read_bytes() == b"first"


def _cut(handler: BaseHTTPRequestHandler, count: int = 4) -> None:
    """Answer with the first bytes of ten."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10")
    handler.end_headers()
    handler.wfile.write(b"0123456789"[:count])
    handler.close_connection = True


def test_a_download_that_is_cut_short_is_begun_again(cache: Path) -> None:
    parts = iter([4, 10])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _cut(handler, next(parts))

    with web_server(answer) as server:
        assert source(f"{server.url}/a.iairec").local().read_bytes() == b"0123456789"


def test_a_part_of_an_object_never_counts(cache: Path) -> None:
    with web_server(_cut) as server:
        found = source(f"{server.url}/a.iairec")
        with pytest.raises(InputError) as refused:
            found.local()
    assert str(refused.value) == (
        f"{found.name} can't be had as a whole: its connection breaks off; try again"
    )
    assert not [*cache.rglob("a.iairec")]


def test_without_an_etag_the_time_tells_versions_apart_once_it_is_past(cache: Path) -> None:
    now = {"data": b"first", "changed": "Fri, 27 Nov 2020 10:00:00 GMT"}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answer_with(handler, now["data"], Last_Modified=now["changed"])

    with web_server(answer) as server:
        found = source(f"{server.url}/a.iairec")
        inode = found.local().stat().st_ino
        assert found.local().stat().st_ino == inode
        recent = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        now.update(data=b"other", changed=recent)
        assert found.local().read_bytes() == b"other"
        now.update(data=b"third")
        assert found.local().read_bytes() == b"third"


def test_without_anything_to_tell_versions_by_an_object_is_fetched_each_time(cache: Path) -> None:
    data = iter([b"first", b"other"])
    with web_server(lambda handler: answer_with(handler, next(data))) as server:
        found = source(f"{server.url}/a.iairec")
        assert [found.local().read_bytes() for _ in range(2)] == [b"first", b"other"]


def test_missing_credentials_name_the_variables(
    s3: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        answer_with(handler, b"", 404)

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with web_server(answer) as metadata:
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", metadata.url)
        with pytest.raises(InputError) as refused:
            source("s3://team/a.iairec").local()
    assert str(refused.value) == (
        "no credentials for s3://team/a.iairec: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "or AWS_SKIP_SIGNATURE=true for a public bucket"
    )


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"AWS_SECRET_ACCESS_KEY": "hush\r"},
            "AWS_SECRET_ACCESS_KEY has a character that can't be seen, such as the end of a line: "
            "set it without",
        ),
        (
            {"AWS_SECRET_ACCESS_KEY": ""},
            "no credentials for s3://team/a.iairec: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket",
        ),
    ],
)
def test_variables_that_do_not_work_are_named(
    s3: Storage, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
        if not value:
            monkeypatch.delenv(name)
    with pytest.raises(InputError) as refused:
        source("s3://team/a.iairec").local()
    assert str(refused.value) == sentence


def test_a_public_bucket_needs_no_credentials(s3: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.client.put_object(Bucket="team", Key="a.iairec", Body=b"first", ACL="public-read")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    assert source("s3://team/a.iairec").local().read_bytes() == b"first"


def test_an_endpoint_without_tls_on_another_machine_is_refused(
    s3: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9000")
    with pytest.raises(InputError) as refused:
        source("s3://team/a.iairec").local()
    assert str(refused.value) == (
        "the endpoint of s3://team/a.iairec is plain HTTP on another machine: give one with "
        "https://, or set IAI_PROXY_ALLOW_HTTP=1"
    )


def test_errors_while_reading_name_the_url(s3: Storage) -> None:
    s3.put("a.iairec", b"first")
    with (
        pytest.raises(InputError) as refused,
        source("s3://team/a.iairec").reading() as path,
    ):
        raise InputError(f"{path} is damaged")
    assert str(refused.value) == "s3://team/a.iairec is damaged"


def test_who_waits_is_told_how_much_is_there(s3: Storage) -> None:
    s3.put("a.iairec", bytes(3_000_000))
    told: list[tuple[int, int]] = []
    found = source("s3://team/a.iairec")
    found.local(lambda done, size: told.append((done, size)))
    assert told == sorted(told)
    assert told[-1] == (3_000_000, 3_000_000)
    told.clear()
    found.local(lambda done, size: told.append((done, size)))
    assert told == []
