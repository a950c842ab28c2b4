"""Other sites learn nothing of what the page's server has."""

from __future__ import annotations

import socket

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from iai_proxy.session.password_pauses import Guest, PasswordPauses
from iai_proxy.view.guard import Guard

PAGE = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("secret")(scope, receive, send)


def client(host: str = "127.0.0.1", password: str | None = None) -> TestClient:
    pauses = PasswordPauses(lambda: 0.0, first_s=0)
    return TestClient(Guard(everything, host, password, pauses), base_url="http://127.0.0.1:8090")


def status(headers: dict[str, str], host: str = "127.0.0.1") -> int:
    return int(client(host).get("/", headers=headers).status_code)


@pytest.mark.parametrize(
    "name",
    ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:8090", "127.8.8.8", socket.gethostname()],
)
def test_names_of_this_machine_are_answered_with_any_port(name: str) -> None:
    assert status({"host": name}) == 200


@pytest.mark.parametrize(
    "name",
    ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "localhost.evil.example",
     "192.168.1.7:8090", "0.0.0.0", "[::ffff:8.8.8.8]", "", "[", "127.0.0.1/@evil", "2130706433"],
)  # fmt: skip
def test_a_name_that_someone_else_may_have_made_lead_here_is_refused(name: str) -> None:
    assert status({"host": name}) == 421


def test_a_server_for_other_machines_is_asked_by_any_address_or_its_name() -> None:
    assert status({"host": "192.168.1.7:8090"}, host="0.0.0.0") == 200
    assert status({"host": "lab-3:8090"}, host="lab-3") == 200
    assert status({"host": "evil.example"}, host="0.0.0.0") == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},  # another server of this machine
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ],
)
def test_pages_of_other_sites_may_not_ask(headers: dict[str, str]) -> None:
    answer = client().get("/", headers=headers)
    assert answer.status_code == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8090"},
        {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"},
        {"sec-fetch-site": "none", **PAGE},
        {"sec-fetch-site": "cross-site", **PAGE},
    ],
)
def test_the_page_itself_a_typed_address_and_a_link_are_answered(headers: dict[str, str]) -> None:
    assert status(headers) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_nothing_but_get_and_head_is_answered(method: str) -> None:
    answer = client().request(method, "/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_every_answer_tells_browsers_what_it_may_not_be_used_for() -> None:
    for answer in (client().get("/"), client().get("/", headers={"host": "evil.example"})):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


def test_a_password_is_asked_for_and_may_have_colons() -> None:
    guarded = client("0.0.0.0", "ann:a:b")
    refused = guarded.get("/")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert guarded.get("/", auth=("ann", "a:b")).text == "secret"
    for wrong in (("ann", "a"), ("ann:a", "c"), ("", "")):
        assert guarded.get("/", auth=wrong).status_code == 401
    for header in ("Bearer YW5uOmE6Yg==", "Basic ann:a:b", "Basic ä", "Basic"):
        assert guarded.get("/", headers={"authorization": header.encode()}).status_code == 401


def test_who_is_not_let_in_by_name_is_not_asked_for_a_password() -> None:
    answer = client("0.0.0.0", "ann:b").get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421


def test_wrong_passwords_are_followed_by_a_pause() -> None:
    class Noting(PasswordPauses):
        def tried(self, guest: Guest, *, is_right: bool) -> float | None:
            waits.append(super().tried(guest, is_right=is_right))
            return 0.0

    waits: list[float | None] = []
    guard = Guard(everything, "0.0.0.0", "ann:b", Noting(lambda: 0.0))
    guarded = TestClient(guard, base_url="http://127.0.0.1:8090")
    guarded.get("/")  # browsers ask without one first
    for _ in range(3):
        guarded.get("/", auth=("ann", "wrong"))
    guarded.get("/", auth=("ann", "b"))
    assert waits == [0, 0.25, 0.75, 1.75]
