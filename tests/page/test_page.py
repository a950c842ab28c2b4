"""The page in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.browser import Watched
from support.scenes import circling

from iai_proxy.page import write_page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "run.html"
    write_page([circling()], path)
    return path.as_uri()


def test_it_plays(open_page: Watched, address: str) -> None:
    page = open_page(address)
    page.click("#play")
    expect(page.locator("#time")).to_have_text("59 / 59", timeout=15_000)
    expect(page.locator("#play")).to_have_attribute("aria-label", "Play")
