"""No secret is left in what is stored."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exchanges import KEY, exchange, exchanges, request, response

from iai_proxy.api import Exchange, header
from iai_proxy.api.marks import has_marks
from iai_proxy.recordings.redactor import Redactor
from iai_proxy.recordings.secret_search import SecretSearch

SALT = b"0123456789abcdef"
MARK = re.compile(r"\[redacted:[0-9a-f]{8}\]")


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(SALT)


def leaves(value: object) -> Iterator[bytes]:
    """Every text and every body of an exchange, as bytes."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, str):
        yield value.encode("utf-8", "surrogateescape")
        yield value.encode("latin-1", "ignore")
    elif isinstance(value, tuple):
        for part in value:
            yield from leaves(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))


def holds(made: Exchange, secret: str | bytes) -> bool:
    wanted = secret.encode() if isinstance(secret, str) else secret
    return any(wanted in leaf for leaf in leaves(made))


def mark_of(redactor: Redactor, key: str, name: str = "x-api-key") -> str:
    value = header(
        redactor.exchange(exchange(request(headers=((name, key),)))).request.headers, name
    )
    assert value is not None
    return value


@pytest.mark.parametrize(
    "name", ["x-api-key", "api-key", "X-API-Key", "API-KEY", "authorization", "Proxy-Authorization"]
)
def test_a_key_header_holds_a_mark(redactor: Redactor, name: str) -> None:
    made = redactor.exchange(exchange(request(headers=(("accept", "*/*"), (name, KEY)))))
    assert made.request.headers[0] == ("accept", "*/*")
    assert made.request.headers[1][0] == name
    assert MARK.fullmatch(made.request.headers[1][1])


def test_both_headers_of_the_sdk_hold_the_same_mark(redactor: Redactor) -> None:
    made = redactor.exchange(exchange(request(headers=(("x-api-key", KEY), ("api-key", KEY)))))
    first, second = made.request.headers
    assert first[1] == second[1]
    assert not holds(made, KEY)


def test_a_key_sent_twice_in_one_header_name_is_replaced_twice(redactor: Redactor) -> None:
    made = redactor.exchange(
        exchange(request(headers=(("x-api-key", "first-key"), ("x-api-key", "second-key"))))
    )
    assert len({value for _, value in made.request.headers}) == 2
    assert not holds(made, "first-key")
    assert not holds(made, "second-key")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token"])
def test_a_token_is_found_in_the_body_as_well(redactor: Redactor, scheme: str) -> None:
    asked = request(
        b'{"echo":"tok-123456789"}', headers=(("Authorization", f"{scheme} tok-123456789"),)
    )
    made = redactor.exchange(exchange(asked, b"tok-123456789"))
    assert not holds(made, "tok-123456789")
    assert MARK.fullmatch(made.request.headers[0][1])


def test_the_password_of_basic_authorization_is_found_in_the_body(redactor: Redactor) -> None:
    token = base64.b64encode(b"user:hunter2-is-long").decode()
    asked = request(
        b'{"password":"hunter2-is-long"}', headers=(("authorization", f"Basic {token}"),)
    )
    made = redactor.exchange(exchange(asked))
    assert not holds(made, "hunter2-is-long")
    assert not holds(made, token)


@pytest.mark.parametrize(
    "value",
    [
        "Basic !!!",
        "Basic",
        "Basic ",
        "Bearer",
        "x",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    ],
)
def test_a_malformed_authorization_is_replaced_too(redactor: Redactor, value: str) -> None:
    made = redactor.exchange(exchange(request(headers=(("authorization", value),))))
    assert MARK.fullmatch(made.request.headers[0][1])


def test_cookies_are_replaced_on_both_sides(redactor: Redactor) -> None:
    asked = request(headers=(("Cookie", "session=abcdef123456; theme=dark"),))
    answer = response(
        headers=(
            ("Set-Cookie", "session=fedcba654321; Path=/; HttpOnly"),
            ("set-cookie", "a=bbbbbbbb"),
        )
    )
    made = redactor.exchange(exchange(asked, answer))
    for secret in ("abcdef123456", "fedcba654321", "bbbbbbbb", "theme"):
        assert not holds(made, secret)
    assert made.response is not None
    assert [name for name, _ in made.response.headers] == ["Set-Cookie", "set-cookie"]
    assert all(has_marks(value.encode()) for _, value in made.response.headers)


def test_a_cookie_does_not_change_what_the_api_said(redactor: Redactor) -> None:
    answer = response(
        b'{"location":"iai:drake_street"}',
        headers=(("set-cookie", "last=iai:drake_street; Path=/"),),
    )
    made = redactor.exchange(exchange(answer=answer))
    assert made.response is not None
    assert made.response.body == b'{"location":"iai:drake_street"}'


def test_cookies_are_not_remembered_lest_each_call_be_slower_than_the_last(
    redactor: Redactor,
) -> None:
    cookies = [f"AWSALB={number:0128d}" for number in range(300)]
    for cookie in cookies:
        redactor.exchange(exchange(answer=response(headers=(("set-cookie", f"{cookie}; Path=/"),))))
    body = ",".join(cookies).encode()
    assert redactor.body(body) == body


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        quote(KEY, safe=""),
        quote(KEY),
        quote_plus(KEY),
        quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
        KEY.replace("/", "\\/"),
    ],
)
@pytest.mark.parametrize(
    "where",
    ["request body", "answer body", "url", "other header", "answer header", "failure", "reason"],
)
def test_the_key_is_found_wherever_else_it_appears(
    redactor: Redactor, written: str, where: str
) -> None:
    asked, answer, failure = request(headers=(("x-api-key", KEY),)), response(), None
    match where:
        case "request body":
            asked = replace(asked, body=f'{{"key":"{written}"}}'.encode())
        case "answer body":
            answer = replace(answer, body=f"<p>{written}</p>".encode())
        case "url":
            asked = replace(asked, target=f"/test?whatever={written}")
        case "other header":
            asked = replace(
                asked, headers=(*asked.headers, ("referer", f"https://x/?k={written}&y"))
            )
        case "answer header":
            answer = replace(answer, headers=(("location", f"/x?{written}"),))
        case "failure":
            failure = f"no route to {written}"
        case "reason":
            answer = replace(answer, reason=f"No {written}")
    made = redactor.exchange(exchange(asked, answer, failure=failure))
    assert not holds(made, written)
    assert sum(leaf.count(made.request.headers[0][1].encode()) for leaf in leaves(made)) >= 2


@pytest.mark.parametrize(
    "name", ["api_key", "api-key", "apikey", "x-api-key", "access_token", "token", "API_KEY"]
)
@pytest.mark.parametrize(
    "written", [KEY.replace("+", "%2B"), quote(KEY, safe=""), quote(KEY, safe="").lower()]
)
def test_a_key_that_is_only_in_the_url_is_found(
    redactor: Redactor, name: str, written: str
) -> None:
    key = KEY.lower() if written.islower() else KEY
    asked = request(json.dumps({"echo": key}).encode(), target=f"/test?a=1&{name}={written}&b=2")
    made = redactor.exchange(exchange(asked))
    assert not holds(made, written)
    assert not holds(made, key)
    mark = mark_of(redactor, key)
    assert made.request.target == f"/test?a=1&{name}={mark}&b=2"


def test_the_first_parameter_of_a_url_is_searched(redactor: Redactor) -> None:
    made = redactor.exchange(exchange(request(target="/test?token=abc#part")))
    assert re.fullmatch(r"/test\?token=\[redacted:[0-9a-f]{8}\]#part", made.request.target)


@pytest.mark.parametrize(
    "key", ['quo"ted\\key', "tab\tkey-123", "clé-secrète", "ключ-ключ", "鍵" * 6, "🔑-emoji-key"]
)
def test_a_key_known_beforehand_is_found_escaped_in_json(key: str) -> None:
    redactor = Redactor(SALT, [key])
    body = json.dumps({"a": key}).encode() + json.dumps({"b": key}, ensure_ascii=False).encode()
    made = redactor.exchange(exchange(body))
    assert len(MARK.findall(made.request.body.decode())) == 2
    assert json.loads(made.request.body.partition(b"}")[0] + b"}")["a"] == mark_of(redactor, key)


@pytest.mark.parametrize("charset", ["latin-1", "utf-8"])
def test_a_key_that_is_not_ascii_is_found_however_its_header_was_written(
    redactor: Redactor, charset: str
) -> None:
    key = "clé-secrète-123"
    on_the_wire = key.encode(charset)
    asked = request(
        json.dumps({"k": key}, ensure_ascii=False).encode(),
        headers=(("x-api-key", on_the_wire.decode("latin-1")),),
    )
    made = redactor.exchange(exchange(asked, b"you sent " + on_the_wire))
    assert not holds(made, key)
    assert not holds(made, on_the_wire)


def test_equal_keys_have_equal_marks_and_different_keys_different_ones(redactor: Redactor) -> None:
    assert (
        mark_of(redactor, KEY) == mark_of(redactor, KEY, "API-Key") == mark_of(Redactor(SALT), KEY)
    )
    assert mark_of(redactor, KEY) != mark_of(redactor, KEY + "x")


def test_another_salt_gives_other_marks() -> None:
    assert mark_of(Redactor(SALT), KEY) != mark_of(Redactor(b"fedcba9876543210"), KEY)


@pytest.mark.parametrize("short", ["t", "test", "12345"])
def test_a_short_key_is_replaced_in_its_header_but_searched_for_nowhere(
    redactor: Redactor, short: str
) -> None:
    made = redactor.exchange(
        exchange(request(f"a {short} b".encode(), target="/test", headers=(("x-api-key", short),)))
    )
    assert MARK.fullmatch(made.request.headers[0][1])
    assert made.request.target == "/test"
    assert made.request.body == f"a {short} b".encode()


def test_a_key_of_digits_does_not_break_longer_numbers(redactor: Redactor) -> None:
    body = b'{"states":[0.123456,1234567,91234560.5,-123456.5],"key":"123456","path":"/123456/"}'
    made = redactor.exchange(exchange(request(body, headers=(("x-api-key", "123456"),))))
    mark = made.request.headers[0][1]
    assert made.request.body == body.replace(b'"123456"', f'"{mark}"'.encode()).replace(
        b"/123456/", f"/{mark}/".encode()
    )
    assert json.loads(made.request.body)["states"] == [0.123456, 1234567, 91234560.5, -123456.5]


@pytest.mark.parametrize("key", ["redacted", "[redacted:", "redacted:"])
def test_a_key_that_is_part_of_every_mark_breaks_none(key: str) -> None:
    redactor = Redactor(SALT, [KEY])
    redactor.exchange(exchange(request(headers=(("x-api-key", key),))))
    assert redactor.body(KEY.encode()) == mark_of(Redactor(SALT), KEY).encode()


def test_an_empty_header_stays_empty(redactor: Redactor) -> None:
    headers = (("x-api-key", ""), ("cookie", ""), ("authorization", ""))
    assert redactor.exchange(exchange(request(headers=headers))).request.headers == headers


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("abcdefgh", "abcdefghijkl", "abcdefghijkl abcdefgh"),
        ("abcdefgh", "cdefghij", "abcdefghij"),
        ("abcdef", "abcdef-abcdef", "abcdef-abcdef-abcdef"),
        ("aaaaaa", "aaaaaaa", "aaaaaaaaaaaaaaaaaaaa"),
    ],
)
def test_secrets_that_overlap_leave_neither(first: str, second: str, text: str) -> None:
    for known in ([first, second], [second, first]):
        made = Redactor(SALT, known).exchange(exchange(text.encode()))
        assert not holds(made, first)
        assert not holds(made, second)


def test_a_key_that_only_the_answer_reveals_is_found_in_the_request(redactor: Redactor) -> None:
    made = redactor.exchange(exchange(f'"{KEY}"'.encode(), response(headers=(("x-api-key", KEY),))))
    assert not holds(made, KEY)


def test_a_secret_is_remembered_for_the_calls_that_follow(redactor: Redactor) -> None:
    mark = mark_of(redactor, KEY)
    assert redactor.exchange(exchange(KEY.encode())).request.body == mark.encode()


def test_what_holds_no_secret_is_left_as_it_is(redactor: Redactor) -> None:
    redactor.exchange(exchange(request(headers=(("x-api-key", KEY),))))
    made = exchange(
        request(b"\x00\xff\xfe", target="/\udcff?x=%zz", headers=(("a", "\xff"),)),
        None,
        failure="reset",
    )
    assert redactor.exchange(made) == made


def test_a_mark_tells_nothing_of_the_key(redactor: Redactor) -> None:
    mark = mark_of(redactor, KEY)
    assert MARK.fullmatch(mark)
    assert not any(KEY[start : start + 4] in mark for start in range(len(KEY) - 3))


# No key is by chance what a field holds by itself (such as `HTTP/1.1`), or a part of a mark.
keys = (
    st.text(
        st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=5, max_size=20
    )
    .map("sk!{}".format)
    .filter(lambda key: "[redacted" not in key)
)


@settings(max_examples=60, deadline=None)
@given(exchanges, keys, st.data())
def test_after_redaction_the_key_is_nowhere(made: Exchange, key: str, data: st.DataObject) -> None:
    raw = key.encode()
    headers = (
        *made.request.headers,
        (data.draw(st.sampled_from(["X-Api-Key", "api-key", "authorization"])), key),
    )
    cut = data.draw(st.integers(0, len(made.request.body)))
    body = made.request.body[:cut] + raw + made.request.body[cut:]
    asked = replace(
        made.request,
        host="api.inverted.ai",
        headers=headers,
        body=body,
        target=f"{made.request.target}?q={key}",
    )
    answer = made.response and replace(
        made.response,
        body=json.dumps([key, key]).encode(),
        headers=(*made.response.headers, ("location", f"/{key}")),
    )
    redactor = Redactor(SALT)
    redacted = redactor.exchange(
        replace(made, request=asked, response=answer, failure=made.failure and made.failure + key)
    )
    # What was drawn at random may hold the key by chance: only where we put it is looked at.
    assert not holds(redacted.request, raw)  # type: ignore[arg-type]
    assert redacted.response is None or not holds(redacted.response, raw)  # type: ignore[arg-type]
    assert redacted.failure is None or raw not in redacted.failure.encode()
    assert redactor.exchange(redacted) == redacted
    assert Redactor(SALT).exchange(redacted) == redacted


@settings(max_examples=60, deadline=None)
@given(exchanges)
def test_redaction_changes_only_what_can_hold_a_secret(made: Exchange) -> None:
    redacted = Redactor(SALT).exchange(made)
    assert redacted.connection == made.connection
    assert redacted.status == made.status
    assert (redacted.request.started_ns, redacted.request.ended_ns, redacted.ended_ns) == (
        made.request.started_ns, made.request.ended_ns, made.ended_ns,
    )  # fmt: skip
    assert [name for name, _ in redacted.request.headers] == [
        name for name, _ in made.request.headers
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        b'{"k": "\\u0073ecret-KEY\\u002d1"}',
        b"k=%73ecret-KEY%2d1",
        b"c2VjcmV0LUtFWS0x",  # base64
    ],
)
def test_a_secret_is_found_though_written_with_needless_escapes(hidden: bytes) -> None:
    redacted = Redactor(b"salt", ["secret-KEY-1"]).body(b"before " + hidden + b" after")
    assert b"[redacted:" in redacted
    assert redacted.startswith(b"before ")
    assert redacted.endswith(b" after")


def test_of_many_rotating_tokens_only_the_latest_are_searched_for() -> None:
    redactor = Redactor(b"salt", ["known-secret"])
    for number in range(100):
        redactor.learn((("authorization", f"Bearer token-number-{number:03}"),))
    assert redactor.body(b"token-number-099") != b"token-number-099"
    assert redactor.body(b"known-secret") != b"known-secret"
    assert redactor.body(b"token-number-000") == b"token-number-000"


def test_a_key_that_is_sent_with_every_call_is_searched_for_whatever_else_comes() -> None:
    redactor = Redactor(SALT)
    for number in range(40):
        headers = (("x-api-key", KEY), ("authorization", f"Bearer token-number-{number:03}"))
        made = redactor.exchange(exchange(request(headers=headers), KEY.encode()))
        assert not holds(made, KEY)


def test_a_key_that_comes_again_is_searched_for_again() -> None:
    redactor = Redactor(SALT)
    redactor.learn((("x-api-key", KEY),))
    for number in range(40):
        redactor.learn((("authorization", f"Bearer token-number-{number:03}"),))
    assert redactor.body(KEY.encode()) == KEY.encode()
    redactor.learn((("x-api-key", KEY),))
    assert redactor.body(KEY.encode()) != KEY.encode()


def test_tokens_of_one_call_each_do_not_push_out_a_key_that_came_with_more() -> None:
    redactor = Redactor(SALT)
    for _ in range(2):
        redactor.exchange(exchange(request(headers=(("x-api-key", KEY),))))
    for number in range(40):
        redactor.learn((("authorization", f"Bearer token-number-{number:03}"),))
    assert redactor.body(KEY.encode()) != KEY.encode()


def test_all_secrets_of_a_call_are_searched_for_in_it() -> None:
    headers = tuple((f"x-{number}-token", f"token-number-{number:03}") for number in range(36))
    body = b" ".join(value.encode() for _, value in headers)
    made = Redactor(SALT).exchange(exchange(request(headers=headers), body))
    assert not holds(made, "token-number")


@pytest.mark.parametrize(
    "hidden",
    [
        base64.b64encode(gzip.compress(b"before " + KEY.encode(), mtime=0)).decode(),
        list(KEY.encode()),
    ],
)
def test_what_is_found_in_depth_leaves_json(hidden: object) -> None:
    redactor = Redactor(SALT, [KEY])
    found = json.loads(redactor.body_in_depth(json.dumps({"note": hidden, "n": 3}).encode()))
    assert found["n"] == 3
    assert "redacted" in str(found["note"])


@pytest.mark.parametrize(
    "name", ["X-Auth-Token", "x-amz-security-token", "Ocp-Apim-Subscription-Key"]
)
def test_a_header_with_a_secret_name_holds_a_mark(redactor: Redactor, name: str) -> None:
    made = redactor.exchange(
        exchange(request(headers=((name, "secret-value-1"),)), b"secret-value-1")
    )
    assert MARK.fullmatch(made.request.headers[0][1])
    assert not holds(made, "secret-value-1")


@pytest.mark.parametrize(
    ("body", "redacted"),
    [
        (
            b'{"access_token": "abc", "expires_in": 3600}',
            b'{"access_token": "[redacted]", "expires_in": 3600}',
        ),
        (b'{"password": 12345678}', b'{"password": "[redacted]"}'),
        (b'{"password": 12345, "otp": 0.12345678, "next_token": 1e12}', None),
        (
            b'{"api_keys": [], "apiKey": ["a", "bearer", "a1b2c3"]}',
            b'{"api_keys": [], "apiKey": ["a", "bearer", "[redacted]"]}',
        ),
        (b'{"token": null, "max_tokens": 5, "token_type": "bearer"}', None),
        (b'{"a": "{\\"token\\": \\"x\\\\\\"y\\"}"}', b'{"a": "{\\"token\\": \\"[redacted]\\"}"}'),
        (b"grant=1&client_secret=a%2Fb&x=2", b"grant=1&client_secret=[redacted]&x=2"),
        (b"https://user:word@x.example/", b"https://user:[redacted]@x.example/"),
        (b'{"key": "value", "code": 3, "signal": "sig"}', None),
    ],
)
def test_what_has_a_secret_name_is_replaced_whatever_it_is(
    redactor: Redactor, body: bytes, redacted: bytes | None
) -> None:
    assert redactor.body(body) == (redacted or body)


def test_a_password_that_may_stand_anywhere_is_replaced_by_its_name_alone(
    redactor: Redactor,
) -> None:
    made = redactor.exchange(exchange(b'{"password": "default"}', b'{"theme": "default"}'))
    assert made.request.body == b'{"password": "[redacted]"}'
    assert made.response is not None
    assert made.response.body == b'{"theme": "default"}'


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=152, max_size=152),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(
        ["123456", "00000000", "3141592653589793", "secret", "KEY-1234", "7365637265740a"]
    ),
)
def test_no_recurrent_state_is_changed(states: list[list[float]], key: str) -> None:
    redactor = Redactor(SALT, [key])
    body = json.dumps({"recurrent_states": states}).encode()
    assert redactor.body(body) is body
    assert SecretSearch({key: b"[redacted]"}, lambda _: "").replace_all(body) is body
