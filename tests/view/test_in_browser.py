"""Served pages in a browser: live, long, hostile and several."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from scene.test_growing import Recorded  # type: ignore[import-not-found]
from support.browser import Watched
from support.cli import Cli
from view.serving import served  # type: ignore[import-not-found]

from iai_proxy.sandbox.server import Sandbox

HOSTILE = "<img src=x onerror=document.title='hit'>"

#: A run that is to be watched: it goes on for as long as it takes.
CLIENT = """
import time
from pathlib import Path
import invertedai as iai
location = "sandbox:crossing"
iai.location_info(location)
response = iai.initialize(location, agent_count=5, random_seed=1)
properties = response.agent_properties
while not Path("enough").exists():
    time.sleep(0.05)
    response = iai.drive(location, agent_properties=properties, agent_states=response.agent_states,
        recurrent_states=response.recurrent_states, random_seed=1,
        light_recurrent_states=response.light_recurrent_states)
"""


def recorded(path: Path, steps: int, agents: int = 2, location: str = "here") -> Path:
    made = Recorded(path)
    made.world.location = location
    made.drive(made.world.initialize(agents), steps)
    made.write()
    made.close()
    return path


def chunks(urls: Sequence[str]) -> list[int]:
    """Return the first step of each chunk that was asked for."""
    asked = [urlsplit(url) for url in urls]
    return [int(parse_qs(url.query)["first"][0]) for url in asked if url.path.endswith("/chunk")]


def test_a_run_is_watched_while_the_sdk_drives(
    cli: Cli, sandbox: Sandbox, open_page: Watched
) -> None:
    pytest.importorskip("invertedai")
    path = cli.folder / "run.iairec"
    (cli.folder / "client.py").write_text(CLIENT)
    client = ("--", sys.executable, "client.py")
    with served(path) as url:
        page = open_page(url, ready=False)
        expect(page.locator("#notice")).to_contain_text("waiting for")
        with cli.start("record", "-o", path, "--upstream", sandbox.url, *client) as recording:
            page.wait_for_selector("html[data-ready]", timeout=60_000)
            expect(page.locator("#live")).to_be_visible()
            shown = page.locator("#clock-step")
            expect(shown).to_have_text(re.compile(r"step ([6-9]|\d\d)"), timeout=60_000)
            assert "sandbox:crossing" in page.locator("#source").inner_text()
            page.keyboard.press("Home")  # what comes then is not followed
            (cli.folder / "enough").touch()
            assert recording.process.wait(60) == 0
            expect(page.locator("#live")).to_be_hidden(timeout=20_000)
            expect(shown).to_have_text("step 0")
    assert sorted(found.name for found in cli.folder.glob("run*")) == ["run.iairec"]


def test_only_what_is_looked_at_of_a_long_recording_is_loaded(
    tmp_path: Path, open_page: Watched
) -> None:
    path = recorded(tmp_path / "run.iairec", steps=2000)
    with served(path) as url:
        page = open_page(url)
        expect(page.locator("#time")).to_have_text("0 / 2000", timeout=30_000)
        open_page.requests.clear()
        with page.expect_response(re.compile("/chunk")):
            page.evaluate("location.hash = '#step=1500'")
        expect(page.locator("#time")).to_have_text("1500 / 2000")
        assert set(chunks(open_page.requests)) == {1400}


def test_what_a_recording_says_stays_text(tmp_path: Path, open_page: Watched) -> None:
    path = recorded(tmp_path / "a<b>\u202e.iairec", steps=3, location=HOSTILE)
    with served(path, recorded(tmp_path / "other.iairec", 1)) as url:
        start = open_page(url, ready=False)
        expect(start.locator("li").first).to_contain_text(HOSTILE)
        expect(start.locator("li").first).to_contain_text("a<b>\\u202e.iairec")
        page = open_page(f"{url}run/1/")
        expect(page.locator("#source")).to_contain_text(HOSTILE)
        for shown in (start, page):
            assert shown.locator("img[src=x]").count() == 0
            assert "hit" not in shown.title()


def test_the_start_page_has_a_line_and_a_picture_for_each_file(
    tmp_path: Path, open_page: Watched
) -> None:
    first = recorded(tmp_path / "first.iairec", steps=3, agents=4)
    with served(first, tmp_path / "later.iairec", check=True) as url:
        page = open_page(url, ready=False)
        lines = page.locator("li")
        expect(lines.nth(0)).to_contain_text("here · 4 agents · 3 steps")
        expect(lines.nth(0).locator("img")).to_be_visible()
        expect(lines.nth(0)).to_contain_text("no findings", timeout=30_000)
        expect(lines.nth(1)).to_contain_text("waiting for")
        recorded(tmp_path / "later.iairec", steps=7)
        expect(lines.nth(1)).to_contain_text("7 steps", timeout=30_000)
        lines.nth(0).locator("a").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("html[data-ready]")
        assert page.url.endswith("/run/1/") or "/run/1/#" in page.url


def test_a_file_that_is_deleted_is_told_and_another_one_is_shown(
    tmp_path: Path, open_page: Watched
) -> None:
    path = recorded(tmp_path / "run.iairec", steps=3)
    with served(path) as url:
        page = open_page(url)
        path.unlink()
        expect(page.locator("#notice")).to_contain_text("was deleted or moved away")
        recorded(path, steps=9)
        expect(page.locator("#time")).to_have_text("0 / 9")
        expect(page.locator("#notice")).to_be_hidden()


def test_who_follows_the_newest_step_is_taken_to_a_new_simulation_and_branch(
    tmp_path: Path, open_page: Watched
) -> None:
    made = Recorded(tmp_path / "run.iairec")
    made.drive(made.world.initialize(2), 3)
    made.write()
    with served(tmp_path / "run.iairec") as url:
        page = open_page(url)
        expect(page.locator("#time")).to_have_text("3 / 3")
        made.drive(made.world.initialize(3), 5)
        made.write()
        expect(page.locator("#sim")).to_have_value("2")
        expect(page.locator("#time")).to_have_text("5 / 5")
        forked = made.world.initialize(1)
        made.drive(forked, 2)
        made.write()
        expect(page.locator("#time")).to_have_text("2 / 2")
        made.drive(made.drive(forked, 1), 3)
        made.write()
        expect(page.locator("#branch")).to_have_value("2")
        expect(page.locator("#time")).to_have_text("4 / 4")
        page.wait_for_url(re.compile("branch=2"))
        page.reload()
        expect(page.locator("#live")).to_have_attribute("aria-pressed", "true")
        page.locator("#link").click()  # it names this moment, so it is no longer the newest
        expect(page.locator("#live")).to_have_attribute("aria-pressed", "false")
        assert "step=4" in page.url
        made.close()
