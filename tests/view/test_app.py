"""What the page's server answers: the page, its data, and refusals in a sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from httpx import Response
from scene.test_growing import Recorded  # type: ignore[import-not-found]
from starlette.testclient import TestClient

from iai_proxy.view.app import create_app
from iai_proxy.view.reader import Reader
from iai_proxy.view.shelf import Shelf

HOSTILE = "</script><img src=x onerror=alert(1)>"


def recorded(path: Path, steps: int = 3, location: str = "here") -> Path:
    made = Recorded(path)
    made.world.location = location
    made.drive(made.world.initialize(2), steps)
    made.write()
    made.close()
    return path


def client(*paths: Path) -> TestClient:
    shelf = Shelf([Reader(path) for path in paths])
    return TestClient(create_app(shelf), "http://127.0.0.1:8090", follow_redirects=False)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[TestClient]:
    with client(recorded(tmp_path / "run.iairec")) as opened:
        yield opened


def chunk(
    opened: TestClient, sim: object, branch: object, first: object, count: object
) -> Response:
    query = f"sim={sim}&branch={branch}&first={first}&count={count}"
    return opened.get(f"/run/1/chunk?{query}")


def test_a_single_file_is_its_own_start_page(one: TestClient) -> None:
    answer = one.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "run/1/")


def test_several_files_have_a_start_page(tmp_path: Path) -> None:
    with client(recorded(tmp_path / "a.iairec"), recorded(tmp_path / "b.iairec")) as several:
        page = several.get("/")
        assert page.status_code == 200
        for name in re.findall(r'(?:src|href)="([^":]+)"', page.text):
            assert several.get(f"/{name}").status_code == 200
        assert "'unsafe" not in page.headers["content-security-policy"]
        assert several.get("/run/2/index.json").json()["source"] == "b.iairec"


def test_the_page_allows_only_its_own_script(one: TestClient) -> None:
    page = one.get("/run/1/")
    policy = page.headers["content-security-policy"]
    assert re.search(r"script-src 'sha256-[\w+/=]+'", policy)
    assert policy.endswith("; frame-ancestors 'none'")
    assert "'unsafe" not in policy


def test_the_index_tells_what_there_is(one: TestClient) -> None:
    index = one.get("/run/1/index.json").json()
    (simulation,) = index["simulations"]
    assert (index["source"], simulation["location"]) == ("run.iairec", "here")
    assert [branch["last"] for branch in simulation["branches"]] == [3]


@pytest.mark.parametrize(("first", "count", "given"), [(0, 4, 4), (1, 2, 2), (2, 200, 2)])
def test_a_chunk_has_the_steps_that_are_asked_for(
    one: TestClient, first: int, count: int, given: int
) -> None:
    answer = chunk(one, 1, 1, first, count).json()
    assert (answer["first"], answer["count"]) == (first, given)


@pytest.mark.parametrize(
    ("sim", "branch", "first", "count", "status", "sentence"),
    [
        (1, 1, 0, 201, 400, "count is 201: give 1 to 200"),
        (1, 1, 0, 0, 400, "count is 0: give 1 to 200"),
        (1, 1, -1, 1, 400, "give first as a whole number from 0"),
        ("a", 1, 0, 1, 400, "give sim as a whole number from 0"),
        ("\u0661", 1, 0, 1, 400, "give sim as a whole number from 0"),
        ("9" * 5000, 1, 0, 1, 400, "give sim as a whole number from 0"),
        ("", 1, 0, 1, 400, "give sim as a whole number from 0"),
        (2, 1, 0, 1, 404, "no simulation 2"),
        (1, 5, 0, 1, 404, "no branch 5"),
        (1, 1, 90, 5, 404, "has steps 0 to 3, and not 90 to 94"),
    ],
)
def test_a_chunk_that_there_is_not_is_refused_in_a_sentence(
    one: TestClient, sim: object, branch: object, first: int, count: int, status: int, sentence: str
) -> None:
    answer = chunk(one, sim, branch, first, count)
    assert answer.status_code == status
    assert sentence in answer.json()["error"]


def test_what_a_browser_has_is_not_sent_again(one: TestClient) -> None:
    for address in (
        "index.json",
        "overview?sim=1&branch=1",
        "chunk?sim=1&branch=1&first=0&count=4",
    ):
        first = one.get(f"/run/1/{address}")
        assert first.headers["cache-control"] == "private, no-cache"
        again = one.get(f"/run/1/{address}", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        other = one.get(f"/run/1/{address}", headers={"if-none-match": '"other"'})
        assert other.content == first.content


@pytest.mark.parametrize(
    "address",
    ["/run/2/", "/run/0/index.json", "/run/1/run.iairec", "/run/1/../../etc/passwd", "/etc/passwd",
     "/run/1/%2e%2e/%2e%2e/etc/passwd", "/run/", "/assets/", "/start.html", "/run/1//etc/passwd",
     "/run/-1/", "/run/99999999999999999999/"],
)  # fmt: skip
def test_no_address_leads_to_a_file(one: TestClient, address: str) -> None:
    answer = one.get(address)
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_there_is_no_picture_of_ground_that_was_not_recorded(one: TestClient) -> None:
    answer = one.get("/run/1/picture?sim=1")
    assert (answer.status_code, "no picture" in answer.json()["error"]) == (404, True)


def test_what_a_recording_says_is_never_html(tmp_path: Path) -> None:
    path = recorded(tmp_path / "<b>.iairec", location=HOSTILE)
    with client(path) as opened:
        assert HOSTILE not in opened.get("/run/1/").text
        answer = opened.get("/run/1/index.json")
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["simulations"][0]["location"] == HOSTILE
        assert answer.json()["source"] == "<b>.iairec"
        refused = opened.get("/run/1/chunk", params={"sim": HOSTILE})
        assert refused.headers["content-type"] == "application/json"


def test_the_start_page_shows_a_small_picture(one: TestClient) -> None:
    picture = one.get("/run/1/small.png")
    assert one.get("/run/1/small.png?theme=dark").content != picture.content
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_a_file_that_is_not_there_yet_has_an_empty_index(tmp_path: Path) -> None:
    with client(tmp_path / "later.iairec") as opened:
        assert orjson.loads(opened.get("/run/1/index.json").content)["simulations"] == []
        assert "waiting for" in chunk(opened, 1, 1, 0, 1).json()["error"]


@pytest.mark.parametrize("address", ["/events", "/run/1/events", "/run/1/index.json"])
def test_a_question_for_the_head_gets_no_body(one: TestClient, address: str) -> None:
    answer = one.head(address)
    assert (answer.status_code, answer.content) == (200, b"")


def test_texts_from_outside_can_be_read_and_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff\xc2\x9b.iairec")
    with client(recorded(tmp_path / name, location="b\u202e\ud83d")) as opened:
        index = opened.get("/run/1/index.json")
        assert (index.status_code, index.json()["source"]) == (200, r"a\udcff\x9b.iairec")
        assert index.json()["simulations"][0]["location"] == r"b\u202e\ud83d"
        assert "\u202e" not in index.text
