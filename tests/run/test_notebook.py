"""A run as a notebook shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browser import browser, open_page
from support.exchanges import exchange
from support.recordings import write

import iai_proxy
from iai_proxy.run import Run, notebook

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["browser", "open_page"]

HOSTILE = "'\"></iframe><script>alert(1)</script>.iairec"


def frame_of(run: Run) -> str:
    (source,) = re.findall(r'srcdoc="([^"]*)"', run._repr_html_())
    return html.unescape(source)


def test_the_page_is_in_a_frame_without_an_origin(run: Run) -> None:
    shown = run._repr_html_()
    assert re.fullmatch(r'<iframe title="[^"<>]*" sandbox="allow-scripts" [^<>]*></iframe>', shown)
    assert "Content-Security-Policy" in frame_of(run)
    assert len(shown) < notebook.LONGEST_PAGE


def test_text_from_outside_stays_text(tmp_path: Path, path: Path) -> None:
    hostile = tmp_path / "x" / HOSTILE.replace("/", "-")
    hostile.parent.mkdir()
    hostile.write_bytes(path.read_bytes())
    with iai_proxy.open(hostile) as run:
        shown = run._repr_html_()
        assert shown.count("<") == 2  # of the frame, and of its end
        assert "<script>alert" not in frame_of(run)
        run.close()
        assert "<script>" not in run._repr_html_()


def test_a_browser_shows_it(tmp_path: Path, run: Run, open_page: Callable[..., Page]) -> None:
    (tmp_path / "notebook.html").write_text(f"<!doctype html><body>{run._repr_html_()}</body>")
    expect = pytest.importorskip("playwright.sync_api").expect
    page = open_page((tmp_path / "notebook.html").as_uri(), ready=False)
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for()
    frame.locator("#on").click()
    expect(frame.locator("#clock-step")).to_have_text("step 1")


@pytest.mark.parametrize("limit", ["MOST_AGENTS", "LONGEST_PAGE"])
def test_a_run_that_is_too_large_is_told_in_a_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(notebook, limit, 40)
    shown = run._repr_html_()
    assert "<iframe" not in shown
    assert html.unescape(shown) == (f"<pre>{run!r}</pre><p>iai-proxy view {run.name} shows it</p>")


def test_a_run_that_can_not_be_shown_says_why(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange())
    run = iai_proxy.open(tmp_path / "run.iairec")
    assert "0 simulations" in run._repr_html_()
    run.close()
    closed = iai_proxy.open(tmp_path / "run.iairec")
    closed.close()
    assert "is closed: read from it within" in closed._repr_html_()
    assert "\n" not in repr(closed)
