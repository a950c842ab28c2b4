"""Shapes of requests that two readers may take for different ones (RFC 9112, section 11.2).

Each has a second request hidden in it, for who reads it in the other way.
"""

from __future__ import annotations

from typing import Final

HOST: Final = b"Host: api.inverted.ai\r\n"
HIDDEN: Final = b"GET /hidden HTTP/1.1\r\nHost: api.inverted.ai\r\n\r\n"
#: A body in chunks that is empty, and the hidden request behind it.
_NO_CHUNKS: Final = b"0\r\n\r\n" + HIDDEN
_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"


def _post(headers: bytes, body: bytes = b"", first: bytes = b"POST /test HTTP/1.1") -> bytes:
    return first + b"\r\n" + HOST + headers + b"\r\n" + body


def _of_length(name: bytes, body: bytes = HIDDEN) -> bytes:
    return _post(name % len(body) + b"\r\n", body)


def _in_chunks(body: bytes) -> bytes:
    return _post(_CHUNKED, body + HIDDEN)


_LENGTH: Final = b"Content-Length: %d"

#: Requests that are refused, each with 400 and a sentence.
REFUSED: Final = {
    # Where the body ends.
    "length and chunks": _post(_LENGTH % 5 + b"\r\n" + _CHUNKED, _NO_CHUNKS),
    "chunks and length": _post(_CHUNKED + b"Content-Length: 5\r\n", _NO_CHUNKS),
    "two lengths": _post(b"Content-Length: 0\r\n" + _LENGTH % len(HIDDEN) + b"\r\n", HIDDEN),
    "one length twice": _post((_LENGTH % len(HIDDEN) + b"\r\n") * 2, HIDDEN),
    "lengths in a list": _post(b"Content-Length: 5, 5\r\n", b"12345" + HIDDEN),
    "length with a sign": _of_length(b"Content-Length: +%d"),
    "length below zero": _post(b"Content-Length: -1\r\n", HIDDEN),
    "length in hex": _of_length(b"Content-Length: 0x%x"),
    "length with underscores": _post(b"Content-Length: 5_0\r\n", b"x" * 50 + HIDDEN),
    "length with zeros": _of_length(b"Content-Length: 0%d"),
    "length in other digits": _post("Content-Length: \u0665\r\n".encode(), b"12345" + HIDDEN),
    "length without end": _post(b"Content-Length: " + b"9" * 40 + b"\r\n", HIDDEN),
    "empty length": _post(b"Content-Length: \r\n", HIDDEN),
    "length with a form feed": _of_length(b"Content-Length: %d\x0c"),
    "length that a hop takes away": _post(
        _LENGTH % len(HIDDEN) + b"\r\nConnection: Content-Length\r\n", HIDDEN
    ),
    "another coding": _post(b"Transfer-Encoding: xchunked\r\n", _NO_CHUNKS),
    "chunked is not last": _post(b"Transfer-Encoding: chunked, identity\r\n", _NO_CHUNKS),
    "chunked twice": _post(_CHUNKED * 2, _NO_CHUNKS),
    "identity": _post(b"Transfer-Encoding: identity\r\n", _NO_CHUNKS),
    "no coding": _post(b"Transfer-Encoding:\r\n", _NO_CHUNKS),
    "quoted coding": _post(b'Transfer-Encoding: "chunked"\r\n', _NO_CHUNKS),
    "coding with a parameter": _post(b"Transfer-Encoding: chunked;a=b\r\n", _NO_CHUNKS),
    "coding with a vertical tab": _post(b"Transfer-Encoding: \x0bchunked\r\n", _NO_CHUNKS),
    "chunks in HTTP/1.0": _post(_CHUNKED, _NO_CHUNKS, b"POST /test HTTP/1.0"),
    # Where a header ends.
    "folded coding": _post(b"Transfer-Encoding:\r\n chunked\r\n", _NO_CHUNKS),
    "folded header": _post(b"X-A: b\r\n\tTransfer-Encoding: chunked\r\n", _NO_CHUNKS),
    "folded first header": b"POST /test HTTP/1.1\r\n " + HOST + _CHUNKED + b"\r\n" + _NO_CHUNKS,
    "blank before the colon": _post(b"Transfer-Encoding : chunked\r\n", _NO_CHUNKS),
    "tab before the colon": _of_length(b"Content-Length\t: %d"),
    "NUL in a name": _of_length(b"Content-Length\x00: %d"),
    "NUL in a value": _post(b"X-A: b\x00c\r\n", HIDDEN),
    "CR in a value": _post(b"X-A: b\rTransfer-Encoding: chunked\r\n", _NO_CHUNKS),
    "LF in a value": _post(b"X-A: b\nTransfer-Encoding: chunked\r\n", _NO_CHUNKS),
    "CR at the end of a value": _post(b"X-A: b\r\r\n", HIDDEN),
    "escape in a value": _post(b"X-A: \x1b[2J\r\n", HIDDEN),
    "a name that is none": _post(b"X(A): b\r\n", HIDDEN),
    "a letter that is none in a name": _post("Content-L\u00e9ngth: 5\r\n".encode(), HIDDEN),
    "no name": _post(b": b\r\n", HIDDEN),
    "no colon": _post(b"Transfer-Encoding chunked\r\n", _NO_CHUNKS),
    "head in LF alone": _post(b"Content-Length: 0\r\n").replace(b"\r\n", b"\n") + HIDDEN,
    "head that ends in LF alone": _post(b"").removesuffix(b"\r\n") + b"\n" + HIDDEN,
    # What the request is, and for whom.
    "CR in the target": _post(b"", HIDDEN, b"POST /test\rX HTTP/1.1"),
    "LF in the target": _post(b"", HIDDEN, b"POST /test\nX: HTTP/1.1"),
    "blank in the target": _post(b"", HIDDEN, b"POST /te st HTTP/1.1"),
    "two blanks": _post(b"", HIDDEN, b"POST  /test HTTP/1.1"),
    "tabs for blanks": _post(b"", HIDDEN, b"POST\t/test\tHTTP/1.1"),
    "no target": _post(b"", HIDDEN, b"POST HTTP/1.1"),
    "control character in the method": _post(b"", HIDDEN, b"PO\x01ST /test HTTP/1.1"),
    "HTTP/0.9": b"GET /test\r\n\r\n" + HIDDEN,
    "method HEAD in small letters": _post(b"", HIDDEN, b"head /test HTTP/1.1"),
    "method CONNECT in small letters": _post(b"", HIDDEN, b"connect /test HTTP/1.1"),
    "a target that is no text": _post(b"", HIDDEN, b"POST /t\x85est HTTP/1.1"),
    "the server as a whole": _post(b"", HIDDEN, b"POST * HTTP/1.1"),
    "HTTP/2 in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": _post(b"", HIDDEN, b"POST /test HTTP/1.2"),
    "two hosts": _post(b"Host: elsewhere\r\n", HIDDEN),
    "host with a path": b"POST /test HTTP/1.1\r\nHost: api.inverted.ai/x\r\n\r\n" + HIDDEN,
    "host with a user": b"POST /test HTTP/1.1\r\nHost: a@api.inverted.ai\r\n\r\n" + HIDDEN,
    "tunnel with a body": b"CONNECT api.inverted.ai:443 HTTP/1.1\r\n%bContent-Length: 5\r\n\r\n"
    % HOST
    + HIDDEN,
    # Within a body in chunks.
    "chunk with a sign": _in_chunks(b"+5\r\n12345\r\n0\r\n\r\n"),
    "chunk with 0x": _in_chunks(b"0x5\r\n12345\r\n0\r\n\r\n"),
    "chunk with a blank": _in_chunks(b"5 \r\n12345\r\n0\r\n\r\n"),
    "chunk of 2^64 and 5": _in_chunks(b"10000000000000005\r\n12345\r\n0\r\n\r\n"),
    "chunk size in LF alone": _in_chunks(b"5\n12345\r\n0\r\n\r\n"),
    "chunk size in CR alone": _in_chunks(b"5\r12345\r\n0\r\n\r\n"),
    "chunk extension with LF": _in_chunks(b"5;a\nb\r\n12345\r\n0\r\n\r\n"),
    "chunk extension with CR": _in_chunks(b"5;a\rb\r\n12345\r\n0\r\n\r\n"),
    "chunk data in LF alone": _in_chunks(b"5\r\n12345\n0\r\n\r\n"),
    "no end after chunk data": _in_chunks(b"5\r\n123450\r\n\r\n"),
    "chunk longer than its size": _in_chunks(b"5\r\n1234567\r\n0\r\n\r\n"),
    "end of chunks in LF alone": _in_chunks(b"0\r\n\n"),
    "trailer with a length": _in_chunks(b"0\r\nContent-Length: 5\r\n\r\n"),
    "trailer with a coding": _in_chunks(b"0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "trailer with a host": _in_chunks(b"0\r\nHost: elsewhere\r\n\r\n"),
    "folded trailer": _in_chunks(b"0\r\nX-A: b\r\n c\r\n\r\n"),
    "trailer with CR": _in_chunks(b"0\r\nX-A: b\rc\r\n\r\n"),
}

_CLOSE: Final = b"Connection: close\r\n"

#: Requests that every reader takes for the same, with how many they are.
PASSED: Final = {
    "one after another": (_post(b"") + _post(b"") + _post(_CLOSE), 3),
    "one after the last": (_post(_CLOSE) + HIDDEN, 1),
    "one after the last, in capitals": (_post(b"Connection: TE, CLOSE\r\n") + HIDDEN, 1),
    "one after the last of HTTP/1.0": (_post(b"", HIDDEN, b"POST /test HTTP/1.0"), 1),
    "a body like a request": (_post(_CLOSE + _LENGTH % len(HIDDEN) + b"\r\n", HIDDEN), 1),
    "chunks like a request": (
        _post(_CLOSE + _CHUNKED, b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)),
        1,
    ),
    "coding in capitals": (
        _post(_CLOSE + b"Transfer-Encoding: CHUNKED\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
        1,
    ),
    "coding after a tab": (
        _post(_CLOSE + b"Transfer-Encoding:\tchunked\t\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
        1,
    ),
    "chunks with extensions": (
        _post(_CLOSE + _CHUNKED, b'2;a="\xe9"\r\n{}\r\n0;b\r\nx-sum: 1\r\n\r\n'),
        1,
    ),
    "told to go on": (_post(_CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"{}"), 1),
    "upgrade to HTTP/2": (
        _post(
            b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
        )
        + HIDDEN,
        1,
    ),
    "upgrade to WebSocket": (
        _post(
            b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
        + HIDDEN,
        1,
    ),
    "a URL for a target": (_post(_CLOSE, first=b"POST http://api.inverted.ai/test HTTP/1.1"), 1),
    "bytes beyond ASCII in a value": (_post(_CLOSE + b"X-A: \xe9\x85\r\n"), 1),
    "a method in small letters": (_post(_CLOSE, first=b"post /test HTTP/1.1"), 1),
    "letters beyond ASCII in a target": (
        _post(_CLOSE, first="POST /test?a=\u0161\u2028 HTTP/1.1".encode()),
        1,
    ),
    "a byte percent-encoded": (_post(_CLOSE, first=b"POST /test?a=%85 HTTP/1.1"), 1),
    "options of the server": (_post(_CLOSE, first=b"OPTIONS * HTTP/1.1"), 1),
    "empty lines before it": (b"\r\n\r\n" + _post(_CLOSE), 1),
}

_Fields = list[tuple[bytes, bytes]]


def _http2(*fields: tuple[bytes, bytes], **pseudo: bytes) -> _Fields:
    """Return the fields of a request; ``pseudo`` names those before the headers."""
    usual = {
        "method": b"POST",
        "scheme": b"https",
        "authority": b"api.inverted.ai",
        "path": b"/test",
    }
    named = [(f":{name}".encode(), value) for name, value in {**usual, **pseudo}.items()]
    return [*named, *fields]


_SPLIT: Final = b"/test HTTP/1.1\r\n" + HOST + b"\r\n" + HIDDEN

#: Requests of HTTP/2 that are refused, by their fields; each has the hidden request as its body.
REFUSED_HTTP2: Final = {
    "line end in a value": _http2((b"x-a", b"b\r\n\r\n" + HIDDEN)),
    "LF in a value": _http2((b"x-a", b"b\ntransfer-encoding: chunked")),
    "CR in a value": _http2((b"x-a", b"b\rtransfer-encoding: chunked")),
    "NUL in a value": _http2((b"x-a", b"b\x00c")),
    "escape in a value": _http2((b"x-a", b"\x1b[2J")),
    "blank before a value": _http2((b"x-a", b" b")),
    "line end after a value": _http2((b"x-a", b"b\r\n")),
    "line end in a name": _http2((b"x-a: b\r\ntransfer-encoding", b"chunked")),
    "LF after a name": _http2((b"x-a\n", b"b")),
    "colon in a name": _http2((b"x-a: b", b"c")),
    "blank in a name": _http2((b"content-length ", b"5")),
    "NUL in a name": _http2((b"x\x00a", b"b")),
    "capitals in a name": _http2((b"X-A", b"b")),
    "a letter that is none in a name": _http2((b"x-\xe9", b"b")),
    "no name": _http2((b"", b"b")),
    "line end in the method": _http2(method=b"GET " + _SPLIT),
    "blank in the method": _http2(method=b"GET /hidden"),
    "no method": [field for field in _http2() if field[0] != b":method"],
    "tunnel": _http2(method=b"CONNECT"),
    "method HEAD in small letters": _http2(method=b"head"),
    "a path that is no text": _http2(path=b"/t\x85est"),
    "the server as a whole": _http2(path=b"*"),
    "line end in the path": _http2(path=_SPLIT),
    "LF in the path": _http2(path=b"/test\nx"),
    "blank in the path": _http2(path=b"/hidden HTTP/1.1"),
    "empty path": _http2(path=b""),
    "a path that is none": _http2(path=b"test"),
    "a URL for a path": _http2(path=b"http://elsewhere/test"),
    "no path": [field for field in _http2() if field[0] != b":path"],
    "line end in the host": _http2(authority=b"api.inverted.ai\r\nx: y"),
    "blank in the host": _http2(authority=b"api.inverted.ai x"),
    "user in the host": _http2(authority=b"a@api.inverted.ai"),
    "no host": [field for field in _http2() if field[0] != b":authority"],
    "another host": _http2((b"host", b"elsewhere")),
    "two hosts": _http2((b"host", b"api.inverted.ai"), (b"host", b"api.inverted.ai")),
    "line end in the scheme": _http2(scheme=b"https://api.inverted.ai/hidden\r\n"),
    "another scheme": _http2(scheme=b"file"),
    "two paths": [*_http2()[:4], (b":path", b"/hidden")],
    "a path after headers": [*_http2((b"x-a", b"b")), (b":path", b"/hidden")],
    "a status": [*_http2()[:4], (b":status", b"200")],
    "chunked": _http2((b"transfer-encoding", b"chunked")),
    "connection": _http2((b"connection", b"content-length")),
    "upgrade": _http2((b"upgrade", b"websocket")),
    "te": _http2((b"te", b"chunked")),
}

#: Lengths that are refused at the latest by what reads HTTP/2, with the whole connection.
WRONG_LENGTHS_HTTP2: Final = {
    "length too small": _http2((b"content-length", b"0")),
    "length too large": _http2((b"content-length", b"%d" % (len(HIDDEN) + 1))),
    "length with a sign": _http2((b"content-length", b"+%d" % len(HIDDEN))),
    "length with underscores": _http2((b"content-length", b"%d_%d" % divmod(len(HIDDEN), 10))),
    "length in hex": _http2((b"content-length", b"0x%x" % len(HIDDEN))),
    "lengths": _http2((b"content-length", b"0"), (b"content-length", b"%d" % len(HIDDEN))),
}

#: A head of HTTP/2 that announces five bytes.
FIVE_BYTES_HTTP2: Final = _http2((b"content-length", b"5"))

#: Requests of HTTP/2 that pass; each has the hidden request as its body.
PASSED_HTTP2: Final = {
    "no length": _http2(),
    "length": _http2((b"content-length", b"%d" % len(HIDDEN))),
    "host": _http2((b"host", b"api.inverted.ai")),
    "bytes beyond ASCII in a value": _http2((b"x-a", b"\xe9\x85")),
    "two cookies": _http2((b"cookie", b"a=b"), (b"cookie", b"c=d")),
    "te": _http2((b"te", b"trailers")),
    "letters beyond ASCII in a path": _http2(path="/test?a=\u0161".encode()),
}

#: Trailers of HTTP/2 that are refused.
REFUSED_TRAILERS_HTTP2: Final = {
    "line end in a trailer": [(b"x-a", b"b\r\n\r\n" + HIDDEN)],
    "trailer with a length": [(b"content-length", b"5")],
    "trailer with a path": [(b":path", b"/hidden")],
}
