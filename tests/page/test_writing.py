"""The page as a file: what is in it, and what may run in it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from support.scenes import circling

from iai_proxy.page import page_html, write_page
from iai_proxy.page.writing import escaped_json

HOSTILE = "</script><img src=x onerror=alert(1)><!--"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "run.html"
    write_page([circling(location=HOSTILE)], path)
    return path.read_text("utf-8")


def test_only_our_own_script_and_style_may_run(html: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    for pattern in (r'<script type="module">(.*?)</script>', r"<style>(.*?)</style>"):
        (found,) = re.findall(pattern, html, re.DOTALL)
        assert f"'sha256-{b64encode(sha256(found.encode()).digest()).decode()}'" in policy[1]


def test_text_of_a_recording_cannot_end_its_element(html: str) -> None:
    assert HOSTILE not in html
    assert r"\u003c/script\u003e\u003cimg src=x" in html


def test_nothing_is_loaded_from_elsewhere(html: str) -> None:
    assert not re.findall(r"""(?:src|href)=["']?(?!data:)[a-z]+:""", html)


def test_the_source_stays_readable(html: str) -> None:
    assert "// ---- camera.js\n" in html
    assert "import {" not in html


def test_a_page_without_data_asks_its_server() -> None:
    html = page_html()
    assert 'id="index"' not in html
    assert "application/json" not in html


def test_json_is_the_same_after_escaping() -> None:
    import json

    value = {"a": "<&>\u2028\ud800", "b": [1.5, None]}
    assert json.loads(escaped_json(value)) == value


def test_a_file_that_was_there_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.html"
    path.write_text("old")
    write_page([circling(steps=2)], path)
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [path]
