"""A look at where a recording is to go, before it is made."""

from __future__ import annotations

import pytest
from support.storage import Storage, answer_with, web_server

from iai_proxy.sources.place import Place
from iai_proxy.sources.upload_ahead import look_ahead, why_not

pytestmark = pytest.mark.xdist_group("s3")


def test_where_it_can_go_nothing_is_said_and_nothing_is_written(s3: Storage) -> None:
    s3.put("runs/there.iairec", b"there")
    for name in ("there", "new"):
        assert why_not(Place.of(f"s3://team/runs/{name}.iairec")) is None
    assert s3.keys() == ["runs/there.iairec"]


def test_a_bucket_that_is_not_there_is_told(s3: Storage) -> None:
    said: list[str] = []
    look_ahead(Place.of("s3://taem/runs/run.iairec"), said.append).join(20)
    assert said == [
        "warning: the upload at the end will fail unless this changes: "
        "s3://taem/runs/run.iairec: there is no bucket taem; is its name right?"
    ]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("InvalidAccessKeyId", "may not be used (403, InvalidAccessKeyId)"),
        ("AccessDenied", ""),  # who may write need not be allowed to read
    ],
)
def test_what_is_refused_may_still_be_uploaded_unless_the_keys_are_none(
    s3: Storage, monkeypatch: pytest.MonkeyPatch, code: str, sentence: str
) -> None:
    answer = f"<Error><Code>{code}</Code></Error>".encode()
    with web_server(lambda handler: answer_with(handler, answer, 403)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        why = why_not(Place.of("s3://team/runs/run.iairec"))
    assert sentence in (why or "")
    assert bool(why) == bool(sentence)


def test_a_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, s3: Storage) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    why = why_not(Place.of("s3://team/runs/run.iairec"))
    assert why is not None
    assert "127.0.0.1:1 can't be reached" in why


def test_a_name_whose_url_could_not_be_read_is_told_ahead() -> None:
    assert why_not(Place.of("s3://team/runs/") / "q?y=1.iairec") == (
        "the URL of an object with the name q?y=1.iairec can't be read: rename the recording, to "
        "letters, digits, - and _ for example"
    )
