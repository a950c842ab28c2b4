"""What is said of an upstream while the SDK repeats its calls in silence."""

from __future__ import annotations

import pytest
from mitmproxy import flow, http
from mitmproxy.test import tflow
from support.proxy import API

from iai_proxy.proxy.troubles import Troubles
from iai_proxy.session.notices import Notices


class Rig:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.troubles = Troubles(Notices(self.said.append))

    def answer(self, *statuses: int, url: str = f"{API}/drive", key: str = "") -> None:
        for status in statuses:
            method = "GET" if url == API else "POST"
            request = http.Request.make(method, url, b"", {"x-api-key": key} if key else {})
            answered = tflow.tflow(req=request, resp=http.Response.make(status))
            self.troubles.answered(answered)

    def fail(self, reason: str, url: str = f"{API}/drive") -> None:
        failed = tflow.tflow(req=http.Request.make("POST", url, b"{}"))
        failed.error = flow.Error(reason)
        self.troubles.failed(failed)

    @property
    def summary(self) -> list[str]:
        return list(self.troubles.summary())


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize(
    ("key", "what"),
    [("", "refuses a call without an API key"), ("abc", "does not accept the API key")],
)
def test_a_refused_key_is_said_at_once(rig: Rig, key: str, what: str) -> None:
    rig.answer(403, 403, 403, key=key)
    (notice,) = rig.said
    assert notice.startswith(f"https://api.inverted.ai:443 {what} (status 403)")
    assert "repeats the call for ever" in notice
    assert "IAI_API_KEY" in notice
    (line,) = rig.summary
    assert line.startswith("3 calls got status 403 from https://api.inverted.ai:443: ")
    assert "IAI_API_KEY" in line


def test_a_refused_key_check_ends_the_sdk_by_itself(rig: Rig) -> None:
    rig.answer(403, 403, url=API)
    assert rig.said == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_is_answered_again_and_again_is_said_once(rig: Rig, status: int) -> None:
    rig.answer(status)
    assert rig.said == []  # a single time, which the SDK gets over by itself
    rig.answer(status, status)
    (notice,) = rig.said
    assert f"status {status} again and again" in notice
    (line,) = rig.summary
    assert line.startswith(f"3 calls got status {status} from https://api.inverted.ai:443: ")


def test_what_is_got_over_is_not_said(rig: Rig) -> None:
    rig.answer(503, 200, 503, 200, 422, 422)
    assert rig.said == rig.summary == []


def test_each_server_and_each_kind_is_said(rig: Rig) -> None:
    rig.fail("connection refused")
    rig.fail("connection refused")
    rig.fail("no such name", "http://127.0.0.1:9/drive")
    rig.answer(500, 500, 503, 503)
    assert len(rig.said) == len(rig.summary) == 4
    assert rig.said[0].startswith("no answer from https://api.inverted.ai:443: connection refused")
    assert rig.summary[0].startswith("2 calls got no answer from https://api.inverted.ai:443: ")


def test_a_large_call_is_answered_here_and_its_parts_are_counted(rig: Rig) -> None:
    rig.answer(503, 503, url=f"{API}/large_drive")
    assert rig.said == []


def test_a_certificate_that_is_not_trusted_names_the_flag(rig: Rig) -> None:
    failed = tflow.tflow(req=http.Request.make("POST", "https://staging.example/drive", b"{}"))
    failed.error = flow.Error("Certificate verify failed: self-signed certificate")
    failed.metadata["iai-proxy-fault"] = "no connection"
    rig.troubles.failed(failed)
    assert "--upstream-ca FILE" in rig.said[0]
    assert "--upstream-ca FILE" in rig.summary[0]
