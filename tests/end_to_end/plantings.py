"""Where a secret may stand, and how it may be written: each way is planted in one recorded call."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import brotli
import zstandard

Written = Callable[[bytes], bytes]

_FILLER: Final = b'{"note": "nothing to see, but long enough to be packed", "values": [1.5, 2.5]}'


def _escaped(secret: bytes, way: str) -> bytes:
    return "".join(way.format(code) for code in secret).encode()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


#: How a secret is written, in a body that holds nothing else of interest.
FORMS: Final[dict[str, Written]] = {
    "plain": lambda k: b'{"echo": "' + k + b'"}',
    "percent": lambda k: b"echo " + quote(k, safe="").encode(),
    "percent, each": lambda k: b"echo " + _escaped(k, "%{:02X}"),
    "percent twice": lambda k: b"echo " + _escaped(k, "%25{:02x}"),
    "JSON escapes": lambda k: b'{"echo": "' + _escaped(k, "\\u{:04x}") + b'"}',
    "JSON in JSON": lambda k: json.dumps(
        '{"echo": "' + _escaped(k, "\\u{:04x}").decode() + '"}'
    ).encode(),
    "program escapes": lambda k: b"b'" + _escaped(k, "\\x{:02x}") + b"'",
    "HTML": lambda k: b"<p>" + _escaped(k, "&#{};") + b"</p>",
    "HTML, hex": lambda k: b"<p>" + _escaped(k, "&#x{:x};") + b"</p>",
    "hex": lambda k: b"echo " + k.hex().encode(),
    "HEX": lambda k: b"echo " + k.hex().upper().encode(),
    "hex within hex": lambda k: b"echo " + (b"k=" + k + b"&").hex().encode(),
    "hex with colons": lambda k: b"echo " + k.hex(":").encode(),
    "bytes": lambda k: json.dumps({"echo": list(k)}).encode(),
    "bytes, dense": lambda k: json.dumps({"echo": list(k)}, separators=(",", ":")).encode(),
    "base64": lambda k: b"echo " + base64.b64encode(k),
    "base64 + 1": lambda k: b"echo " + base64.b64encode(b"a" + k + b"zz"),
    "base64 + 2": lambda k: b"echo " + base64.b64encode(b"ab" + k + b"z"),
    "base64 for URLs": lambda k: b"echo " + base64.urlsafe_b64encode(b"\xff\xfe" + k + b"\xff\xff"),
    "base64 in lines": lambda k: b"echo\n" + base64.encodebytes(b"." * 50 + k + b"." * 50),
    "base64 in lines in JSON": lambda k: json.dumps(
        base64.encodebytes(b"." * 51 + k + b"." * 9).decode()
    ).encode(),
    "base64 twice": lambda k: b"echo " + base64.b64encode(base64.b64encode(b"abc" + k)),
    "base64 of hex": lambda k: b"echo " + base64.b64encode(k.hex().encode()),
    "hex of base64": lambda k: b"echo " + base64.b64encode(k).hex().encode(),
    "base64 of UTF-16": lambda k: b"echo " + base64.b64encode(k.decode().encode("utf-16-le")),
    "base64 of gzip": lambda k: b"echo " + base64.b64encode(gzip.compress(_FILLER + k, mtime=0)),
    "UTF-16 LE": lambda k: ("echo " + k.decode()).encode("utf-16"),
    "UTF-16 BE": lambda k: ("echo " + k.decode()).encode("utf-16-be"),
    "gzip": lambda k: gzip.compress(_FILLER + k, mtime=0),
    "gzip, cut": lambda k: gzip.compress(k + _FILLER + random.Random(3).randbytes(300), mtime=0)[
        :-40
    ],
    "gzip behind text": lambda k: b"file: " + gzip.compress(_FILLER + k, mtime=0) + b" end",
    "gzip in gzip": lambda k: gzip.compress(gzip.compress(_FILLER + k, mtime=0), mtime=0),
    "zlib": lambda k: zlib.compress(_FILLER + k),
    "deflate": lambda k: _raw_deflate(_FILLER + k + b"\xff\xfe" * 20),
    "br": lambda k: brotli.compress(_FILLER + k + random.Random(4).randbytes(80)),
    "zstd": lambda k: zstandard.compress(_FILLER + k + random.Random(5).randbytes(80)),
}

#: Names whose values are secret wherever they stand: no header tells those.
NAMES: Final = (
    "api_key", "apiKey", "X-Api-Key", "access_token", "refresh_token", "id_token", "token",
    "client_secret", "password", "signature", "sig", "X-Amz-Signature", "x-auth-token",
    "sessionToken", "private_key",
)  # fmt: skip
HEADERS: Final = (
    "x-api-key", "api-key", "authorization", "proxy-authorization", "x-auth-token",
    "x-amz-security-token", "x-access-token", "x-goog-api-key", "ocp-apim-subscription-key",
    "x-client-secret", "private-token",
)  # fmt: skip
#: Bodies in which a name tells that a value is a secret.
_NAMED: Final[dict[str, Callable[[str, str], str]]] = {
    "JSON": lambda name, k: json.dumps({"a": 1, name: k}),
    "JSON, spaced": lambda name, k: f'{{ "{name}"  :\n "{k}" }}',
    "JSON in JSON": lambda name, k: json.dumps({"body": json.dumps({name: k})}),
    "form": lambda name, k: f"a=1&{name}={quote(k, safe='')}&b=2",
    "URL": lambda name, k: f"see https://x.example/cb?a=1&{name}={quote(k, safe='')}#end",
    "fragment": lambda name, k: f"see https://x.example/cb#{name}={k}",
    "multipart": lambda name, k: (
        f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{k}\r\n--xx--\r\n'
    ),
}
#: Bodies in which a name tells it otherwise.
_TOLD: Final[dict[str, Callable[[str], str]]] = {
    "object": lambda k: json.dumps({"password": {"current": k}}),
    "list": lambda k: json.dumps({"api_keys": [k], "token": [[k]]}),
    "escaped name": lambda k: json.dumps({"a": k}).replace('"a"', '"api\\u005fkey"'),
    "echoed headers": lambda k: json.dumps({"headers": {"Cookie": f"a=1; b={k}", "X-Auth": k}}),
    "name and value": lambda k: json.dumps([{"name": "x-api-key", "value": k}, ["token", k]]),
    "FastAPI": lambda k: json.dumps({"detail": [{"loc": ["header", "x-api-key"], "input": k}]}),
    "Python": lambda k: repr({"detail": "bad", "api_key": k}),
    "header in a text": lambda k: f"you sent x-api-key: {k}\nAuthorization: Bearer {k}",
    "XML": lambda k: f"<e><AccessToken>{k}</AccessToken></e>",
    "form with commas": lambda k: f"a=1,api_key={k}",
    "apostrophe": lambda k: f"password=it's{k}",
    "address": lambda k: f"postgres://u:p@{k.replace('/', '_')}@h and postgres://u:p/{k}@h",
    "cut off": lambda k: json.dumps({"api_key": k})[:-2],
}
#: What stays as it is, though it has names of secrets.
HARMLESS: Final = (
    b'{"next_token": 12, "pass": 1, "auth": 0.5, "otp": 3, "has_token": true, "secret": null}',
    b'{"signature": ["a", "b"], "tokens": [1, 2], "token": {"type": "bearer"}}',
    b'{"detail": "invalid token: expected a string", "name": "password", "value": "string"}',
    b'{"loc": ["body", "api_key"], "input": {"location": "iai:10th_and_dunbar"}}',
)


@dataclass
class Planting:
    """One call with a secret in it.

    Attributes:
        place: where the secret is, in words.
        headers: of the request; ``{}`` in ``answer`` and others stands for nothing.
        late: the secret is the key of a later call only.
    """

    place: str
    secret: str
    target: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: bytes = b"{}"
    reason: str = "OK"
    late: bool = False


def plantings() -> list[Planting]:
    """Return all of them, each with a secret of its own."""
    drawn = random.Random(22)
    found: list[Planting] = []

    def new() -> str:
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
        middle = "".join(drawn.choices(letters, k=18))
        return f"{len(found):03d}/{middle}+Q~{drawn.randrange(10, 99)}x"

    for planting in _all(new):
        found.append(planting)
    return found


def _all(new: Callable[[], str]) -> Iterator[Planting]:
    yield from _forms(new)
    yield from _headers(new)
    yield from _names(new)
    yield from _told(new)
    yield from _cookies(new)


def _keyed(place: str, secret: str) -> Planting:
    return Planting(place, secret, headers=(("x-api-key", secret),))


def _forms(new: Callable[[], str]) -> Iterator[Planting]:
    for form, write in FORMS.items():
        planted = _keyed(f"answer, {form}", key := new())
        planted.answer = write(key.encode())
        yield planted
        planted = _keyed(f"request, {form}", key := new())
        planted.body = write(key.encode())
        yield planted
        planted = Planting(f"answer before the key, {form}", key := new(), late=True)
        planted.answer = write(key.encode())
        yield planted
    for form in ("plain", "percent", "hex", "base64", "base64 + 1", "HTML"):
        for place in ("target", "referer", "location", "reason", "other header"):
            planted = _keyed(f"{place}, {form}", key := new())
            text = FORMS[form](key.encode()).decode().translate({34: 39})
            _put(planted, place, text)
            yield planted
    late = Planting("target before the key", key := new(), late=True)
    late.target = "?echo=" + quote(key, safe="")
    yield late


def _put(planted: Planting, place: str, text: str) -> None:
    match place:
        case "target":
            planted.target = "?q=" + quote(text, safe="%&#;=/+~'")
        case "referer":
            planted.headers += (("referer", f"https://x.example/?{text}"),)
        case "location":
            planted.answer_headers = (("location", f"/next?{text}"),)
        case "reason":
            planted.reason = f"Not {text}"
        case "other header":
            planted.answer_headers = (("x-debug", text),)


def _headers(new: Callable[[], str]) -> Iterator[Planting]:
    for name in HEADERS:
        planted = Planting(f"header {name}", key := new(), headers=((name, key),))
        planted.answer = f"you sent {key}".encode()
        yield planted
        planted = Planting(f"answer's header {name}", key := new(), answer_headers=((name, key),))
        planted.body = f"I sent {key}".encode()
        yield planted
    for scheme in ("Bearer", "Token"):
        planted = Planting(f"authorization {scheme}", key := new())
        planted.headers = (("authorization", f"{scheme} {key}"),)
        planted.answer = f"you sent {key}".encode()
        yield planted
    planted = Planting("authorization Basic", key := new())
    token = base64.b64encode(f"user:{key}".encode()).decode()
    planted.headers = (("authorization", f"Basic {token}"),)
    planted.answer = f"you sent {key}".encode()
    yield planted


def _names(new: Callable[[], str]) -> Iterator[Planting]:
    for name in NAMES:
        for kind, write in _NAMED.items():
            planted = Planting(f"answer, {kind}, {name}", key := new())
            planted.answer = write(name, key).encode()
            yield planted
        planted = Planting(f"request, JSON and form, {name}", key := new())
        planted.body = json.dumps({name: key, "url": f"?{name}={key}"}).encode()
        yield planted
        planted = Planting(f"target, {name}", key := new())
        planted.target = f"?a=1&{name}={quote(key, safe='')}"
        planted.answer = f"you asked for {key}".encode()
        yield planted
        planted = Planting(f"location and referer, {name}", key := new())
        planted.headers = (("referer", f"https://x.example/?{name}={quote(key, safe='')}"),)
        planted.answer_headers = (("location", f"/cb?{name}={quote(key, safe='')}&b=1"),)
        yield planted
    planted = Planting("password in a URL", key := new())
    planted.answer = f"see https://user:{quote(key, safe='')}@x.example/".encode()
    yield planted


def _told(new: Callable[[], str]) -> Iterator[Planting]:
    for kind, write in _TOLD.items():
        planted = Planting(f"answer, {kind}", key := new())
        planted.answer = write(key).encode()
        yield planted
        planted = Planting(f"request, {kind}", key := new())
        planted.body = write(key).encode()
        yield planted
    for charset in ("utf-16", "utf-16-be"):
        planted = Planting(f"answer, {charset} JSON", key := new())
        planted.answer = json.dumps({"access_token": key}).encode(charset)
        yield planted
    for inner in ("/cb?access_token={}", "https%3A%2F%2Fa%2Fcb%3Faccess_token%3D{}"):
        planted = Planting(f"location and target, {inner}", key := new())
        planted.target = "?next=" + inner.format(quote(key, safe=""))
        planted.answer_headers = (("location", f"/login?next={inner.format(key)}"),)
        yield planted
    planted = Planting("referer with a semicolon", key := new())
    planted.headers = (("referer", f"https://a/b?a=1;api_key={key}"),)
    yield planted
    for name in ("x-auth", "x-session", "x-amzn-oidc-data", "cookie2"):
        planted = Planting(f"header {name}", key := new(), headers=((name, key),))
        yield planted
    for header in (
        "x-api-key: Bearer {}",
        'authorization: Digest username="u", response="{}"',
        "authorization: AWS4-HMAC-SHA256 Credential=A/x, Signature={}",
    ):
        name, _, value = header.partition(": ")
        planted = Planting(header, key := new(), headers=((name, value.format(key)),))
        planted.answer = f"you sent {key}".encode()
        yield planted
    planted = Planting("user of Basic", key := new())
    token = base64.b64encode(f"{key}:".encode()).decode()
    planted.headers = (("authorization", f"Basic {token}"),)
    planted.answer = f"you sent {key}".encode()
    yield planted


def _cookies(new: Callable[[], str]) -> Iterator[Planting]:
    planted = Planting(
        "cookie that is echoed", key := new(), headers=(("cookie", f"a=1; sid={key}"),)
    )
    planted.answer = f"your session is {key}".encode()
    yield planted
    planted = Planting("cookie that is set and told", key := new())
    planted.answer_headers = (("set-cookie", f"sid={key}; Path=/; HttpOnly"),)
    planted.answer = json.dumps({"session": key}).encode()
    yield planted
    planted = Planting("cookie in the answer's JSON, escaped", key := new())
    planted.headers = (("cookie", f'sid="{key}"'),)
    planted.answer = json.dumps({"a": key}).replace("/", "\\/").encode()
    yield planted
