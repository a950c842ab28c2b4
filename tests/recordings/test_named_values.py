"""Values with secret names are replaced, whatever they stand in, and nothing else is."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

import pytest

from iai_proxy.recordings.named_values import has_secret_names, replace_named

K: Final = "q7Zp1XyT5vB2nM8cR4wL"
MARK: Final = "[redacted]"


def replaced(text: str | bytes) -> bytes:
    """Return a text without secrets, when the first look says that it may have some."""
    body = text.encode() if isinstance(text, str) else text
    rest = body.translate(None, b"0123456789.,-+[] \t\r\n")
    return replace_named(body, lambda _: MARK) if has_secret_names(rest) else body


@pytest.mark.parametrize(
    "text",
    [
        # JSON
        f'{{"password": {{"current": "{K}"}}}}',
        f'{{"tokens": ["{K}"], "n": 1}}',
        f'{{"token": [["{K}"]], "n": [1.50, 2e0]}}',
        f'{{"api\\u005fkey": "{K}"}}',
        f'{{"headers": {{"Set-Cookie": "{K}"}}}}',
        f'{{"name": "x-api-key", "value": "{K}"}}',
        f'{{"value": "{K}", "name": "x-api-key"}}',
        f'[["x-api-key", "{K}"], ["accept", "text/html"]]',
        f'{{"loc": ["header", "x-api-key"], "msg": "bad", "input": "{K}"}}',
        f'{{"token": {{"type": "Bearer", "value": "{K}", "until": "2026-01-02T03:04:05Z"}}}}',
        # texts
        f"{{'api_key': '{K}', 'n': 1}}",
        f"{{'api_keys': ['{K}'], 'names': ['a1b2c3d4']}}",
        f"you sent x-api-key: {K}, which is wrong",
        f"GET / HTTP/1.1\r\nx-api-key: {K}\r\nhost: a",
        f'"api_key" => "{K}"',
        f"<e><AccessToken>{K}</AccessToken><Id>1</Id></e>",
        f"<p>{{&quot;api_key&quot;: &quot;{K}&quot;}}</p>",
        f'one\n{{"api_key": "{K}"}}\n{{"b": 1}}',
        # URLs and forms
        f"https://a/b?a=1;api_key={K}",
        f"a=1,api_key={K}",
        f"/login?next=/cb?access_token={K}",
        f"/login?next=https%3A%2F%2Fa%2Fcb%3Faccess_token%3D{K}%26x%3D1&b=2",
        f"?body=%7B%22api_key%22%3A%22{K}%22%2C%22b%22%3A1%7D",
        f"/api_key={K}",
        f"https://user:{K}@h/x",
    ],
)
def test_a_value_with_a_secret_name_is_replaced_and_all_else_stays(text: str) -> None:
    assert replaced(text) == text.replace(K, MARK).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"password=it's{K}&b=1", f"password={MARK}&b=1"),
        (f"postgres://u:p@{K}@h/db", f"postgres://u:{MARK}@h/db"),
        (f"postgres://u:p/{K}@h/db", f"postgres://u:{MARK}@h/db"),
        (f"Authorization: Bearer {K}", f"Authorization: {MARK}"),
        (f"Cookie: a=1; session={K}\r\nhost: a", f"Cookie: {MARK}\r\nhost: a"),
        (json.dumps({"u": f"?token=a,b'{K}"}), json.dumps({"u": f"?token={MARK}"})),
        (f'{{"api_key": "{K}', f'{{"api_key": "{MARK}'),  # cut off
        ('{"token": 12345678}', f'{{"token": "{MARK}"}}'),
    ],
)
def test_a_value_is_replaced_to_its_end(text: str, expected: str) -> None:
    assert replaced(text) == expected.encode()


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_json_may_be_of_wide_characters(charset: str) -> None:
    told = replaced(json.dumps({"access_token": K, "n": 1}).encode(charset))
    assert told == json.dumps({"access_token": MARK, "n": 1}).encode(charset)


def test_json_in_json_in_json_stays_json() -> None:
    body: object = {"token": f'a"b\\{K}', "n": 1}
    for _ in range(3):
        body = json.dumps(body)
    assert isinstance(body, str)
    found: object = replaced(body).decode()
    for _ in range(3):
        assert isinstance(found, str)
        found = json.loads(found)
    assert found == {"token": MARK, "n": 1}


@pytest.mark.parametrize(
    "text",
    [
        # short numbers, booleans, null, words under a secret name
        '{"next_token": 12, "max_token": 7, "pass": 1, "auth": 0.5, "otp": 3}',
        '{"token": null, "has_token": true, "signature": ["a", "b"], "tokens": [1, 2, 123456789]}',
        '{"token": {"type": "bearer", "scope": "read write", "place": "iai:10th_and_dunbar"}}',
        '{"loc": ["body", "api_key"], "msg": "Field required", "input": {"location": "x1y2z3"}}',
        '{"name": "password", "value": "string"}',
        '["token", "a1b2c3d4", "e5f6g7h8"]',
        # sentences, code, and addresses
        '{"detail": "invalid token: expected a string"}',
        "password: must have 8 characters",
        "std::vector<token> found; a < b > c",
        "https://h:8080/users/@me and http://h/@x:y",
        "?max_tokens=256",
        '{"key": "a1b2c3d4e5", "code": 400, "b": "postcode=x"}',
        # what was replaced before
        f'{{"api_key": "{MARK}", "tokens": ["{MARK}"]}}',
        f"?api_key={MARK}&b=1",
        "{'tokens': ['[redacted:1a2b3c4d]']}",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert replaced(text) == text.encode()
    assert replace_named(text.encode(), lambda _: MARK) == text.encode()


@pytest.mark.parametrize(
    "unit",
    [
        '"', "\\", 'token="a\n', "token:[", "token='", "://a:", "<token>", "token%3D", "token=%22",
        "token=,a", "token: ", '{"token":', "token=&quot;", '\\"token\\":\\"', "token=(('x'",
        "content-disposition:",
    ],
)  # fmt: skip
def test_a_text_of_any_kind_is_gone_through(unit: str) -> None:
    text = (unit * 200_000)[:200_000].encode()
    assert len(replace_named(text, lambda _: MARK)) > 0


def test_what_is_replaced_is_told_as_it_is_without_its_encoding() -> None:
    met: list[str] = []

    def mark(value: str) -> str:
        met.append(value)
        return MARK

    replace_named(b'{"token": "a\\u0062c"}', mark)
    replace_named(b"?token=a%62c&x=" + quote("/?token=a%62c", safe="").encode(), mark)
    assert met == ["abc", "abc", "abc"]
