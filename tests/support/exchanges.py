"""Exchanges for tests of the lower layers, and hypothesis strategies that draw them."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import strategies as st

from iai_proxy.api import Call, Endpoint, Exchange, Headers, Request, Response

START_NS = 1_700_000_000_000_000_000
KEY = "iai-1f0c/Sec+ret=="


def request(
    body: bytes = b'{"location":"iai:demo"}',
    *,
    method: str = "POST",
    target: str = "/v0/aws/m1/drive",
    headers: Headers = (),
) -> Request:
    return Request(
        method=method,
        scheme="https",
        host="api.inverted.ai",
        port=443,
        target=target,
        http_version="HTTP/1.1",
        headers=headers,
        body=body,
        encoding="",
        started_ns=START_NS,
        ended_ns=START_NS + 1_000_000,
    )


def response(body: bytes = b"{}", *, status: int = 200, headers: Headers = ()) -> Response:
    return Response(
        status=status,
        reason="OK",
        http_version="HTTP/1.1",
        headers=headers,
        body=body,
        encoding="",
        started_ns=START_NS + 2_000_000,
        ended_ns=START_NS + 3_000_000,
    )


def exchange(
    asked: Request | bytes = b'{"location":"iai:demo"}',
    answer: Response | bytes | None = b"{}",
    *,
    failure: str | None = None,
) -> Exchange:
    return Exchange(
        connection="connection-1",
        client="127.0.0.1:50000",
        request=request(asked) if isinstance(asked, bytes) else asked,
        response=response(answer) if isinstance(answer, bytes) else answer,
        failure=failure,
        ended_ns=START_NS + 4_000_000,
    )


CALL = Call(
    id=1,
    connection="connection-1",
    endpoint=Endpoint.DRIVE,
    method="POST",
    target="/v0/aws/m1/drive",
    status=200,
    failure=None,
    started_ns=START_NS,
    request_ended_ns=START_NS + 1_000_000,
    response_started_ns=START_NS + 2_000_000,
    ended_ns=START_NS + 4_000_000,
    request_hash=bytes(32),
    response_hash=bytes(32),
    request_bytes=0,
    response_bytes=0,
    sdk_version="0.0.22",
)


# What HTTP can carry: headers are Latin-1 (RFC 9110, section 5.5), a target has no control
# characters.
latin1 = st.text(st.characters(codec="latin-1"), max_size=12)
plain = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.text("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters, min_size=1, max_size=7)
header_lists = st.lists(st.tuples(names, latin1), max_size=4).map(tuple)
moments = st.integers(0, 2**63 - 1)
encodings = st.sampled_from(["", "gzip", "br", "!zstd"])
targets = st.builds("/{}".format, plain)

requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "OPTIONS"]),
    scheme=st.sampled_from(["http", "https"]),
    host=plain,
    port=st.integers(0, 65535),
    target=targets,
    http_version=st.sampled_from(["HTTP/1.1", "HTTP/2.0"]),
    headers=header_lists,
    body=st.binary(max_size=600),
    encoding=encodings,
    started_ns=moments,
    ended_ns=moments,
)
responses = st.builds(
    Response,
    status=st.integers(100, 599),
    reason=latin1,
    http_version=st.sampled_from(["HTTP/1.1", "HTTP/2.0"]),
    headers=header_lists,
    body=st.binary(max_size=600),
    encoding=encodings,
    started_ns=moments,
    ended_ns=moments,
)
exchanges = st.builds(
    Exchange,
    connection=plain,
    client=plain,
    request=requests,
    response=st.none() | responses,
    failure=st.none() | plain.filter(bool),
    ended_ns=moments,
)


def numbered(made: Exchange, number: int) -> Exchange:
    """The exchange as a recording gives it back."""
    return replace(made, id=number)
