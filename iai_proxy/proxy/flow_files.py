"""Makes a recording of a file of mitmproxy's flows: what ``mitmdump -w`` wrote.

The file is a row of netstrings, one a flow, each with its length before it. They are cut apart
here, and mitmproxy's own reader, which also knows the formats of its older versions, gets one at a
time: it gives up at the first that it can't read, and would take a file that begins with a brace
for JSON and read it whole.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from mitmproxy import dns, flow, http, tcp, udp
from mitmproxy.io import FlowReader

from iai_proxy.api import Exchange
from iai_proxy.api.bounds import MOST_BODY, TooLargeError
from iai_proxy.errors import InputError
from iai_proxy.formats.foreign_calls import (
    CONNECT,
    WEBSOCKET,
    Fault,
    Found,
    Hosts,
    ImportedCalls,
    LeftOut,
    Place,
    Taken,
    write_calls,
)
from iai_proxy.formats.foreign_heads import refuse_impossible
from iai_proxy.input_files import refuse_special
from iai_proxy.proxy.capture import (
    PART_OF,
    PartOf,
    meant_hosts,
    to_exchange,
    to_request,
    without_bodies,
)
from iai_proxy.recordings.decoding import decoded
from iai_proxy.text import size

#: Bytes of a flow: both bodies, and some for what is around them.
_LONGEST: Final = 2 * MOST_BODY + 1_000_000
_HEAD: Final = re.compile(rb"(\d{1,12}):")
_HEAD_BYTES: Final = 13
#: What mitmproxy says of files that a later mitmproxy has written, with both versions.
_NEWER: Final = re.compile(r"mitmproxy [\w.]+ cannot read files with flow format version \d+\b")
_LATEST_NS: Final = 2**62
_NO_ANSWER: Final = "no answer in the flow file"
_AGAIN: Final = "save the flows again with mitmproxy"
_STREAMED: Final = LeftOut(
    "call", "calls", why="mitmproxy streamed the body of the request, and did not keep it"
)
_OTHERS: Final[tuple[tuple[type[flow.Flow], LeftOut], ...]] = (
    (tcp.TCPFlow, LeftOut("TCP connection", "TCP connections")),
    (udp.UDPFlow, LeftOut("UDP connection", "UDP connections")),
    (dns.DNSFlow, LeftOut("DNS query", "DNS queries")),
)
_UNKNOWN: Final = LeftOut("flow of an unknown kind", "flows of unknown kinds")


class _ImpossibleError(ValueError):
    """A flow that can't be; the text is ours, and has nothing of the flow."""


def looks_like_flows(head: bytes) -> bool:
    """Whether a file begins as one of mitmproxy's flows does."""
    return _HEAD.match(head) is not None


def import_flows(path: Path, out: Path, hosts: Hosts) -> ImportedCalls:
    """Turn a file of flows into a recording.

    Args:
        path: written by any version of mitmproxy up to the installed one; of a damaged file what is
            whole is taken.
        out: the recording, which must not exist.
        hosts: whose calls are wanted.

    Raises:
        InputError: nothing of the file can be read.
        UsageError: the recording exists or can't be written.
        RecordingFailedError: the disk is full.
    """
    try:
        refuse_special(path)
        with path.open("rb") as stream:
            if not looks_like_flows(stream.read(_HEAD_BYTES)):
                raise InputError(f"{path} is no file of mitmproxy's flows: give one")
            stream.seek(0)
            return write_calls(flows_in(stream, path, hosts), out)
    except OSError as error:
        if error.filename is None or Path(error.filename) != path:
            raise
        raise InputError(f"can't read {path} ({error.strerror}): give a file of flows") from error


def flows_in(stream: BinaryIO, path: Path, hosts: Hosts) -> Iterator[Found]:
    """Yield what each flow of a file is.

    Args:
        stream: the file.
        path: its name, for messages.
        hosts: whose calls are wanted.
    """
    end = os.fstat(stream.fileno()).st_size
    number = 0
    while (start := stream.tell()) < end:
        number += 1
        where = f"flow {number} of {path}, at byte {start},"
        head = _HEAD.match(stream.read(_HEAD_BYTES))
        if head is None:
            yield Fault(f"{where} has no length before it, and what follows is lost: {_AGAIN}")
            return
        length = head.end() + int(head[1]) + 1  # and a letter that says what it is
        if start + length > end:
            yield Fault(
                f"{where} is cut off: {length} bytes were to come, {end - start} are there"
                f": {_AGAIN}"
            )
            return
        if length > _LONGEST:
            yield Fault(
                f"{where} is left out (it has {size(length)}): no body of a call is so large"
            )
            stream.seek(start + length)
            continue
        stream.seek(start)
        yield _read(stream.read(length), Place(where, _AGAIN), hosts)


def _read(data: bytes, place: Place, hosts: Hosts) -> Found:
    """Return what a flow is. Whatever mitmproxy raises of a hostile one is its fault."""
    try:
        found = _piece(next(iter(FlowReader(io.BytesIO(data)).stream())), hosts)
    except _ImpossibleError as error:
        return place.fault(str(error))
    except Exception as error:  # in whose text values of the flow may stand
        newer = _NEWER.match(str(error))
        return place.fault(newer[0] if newer else "mitmproxy can't read it as a flow")
    return Taken(found, place) if isinstance(found, Exchange) else found


def _piece(found: flow.Flow, hosts: Hosts) -> Exchange | LeftOut:
    if not isinstance(found, http.HTTPFlow):
        return next((left_out for kind, left_out in _OTHERS if isinstance(found, kind)), _UNKNOWN)
    if found.websocket is not None:
        return WEBSOCKET
    if found.request.method == "CONNECT":
        return CONNECT
    port = found.request.port
    if not any(hosts.has(host, port) for host in meant_hosts(found)):
        return LeftOut.of_host(found.request.pretty_host, port)
    if found.request.raw_content is None:
        return _STREAMED
    return _exchange(found)


def _exchange(found: http.HTTPFlow) -> Exchange:
    """Return the exchange of a flow for the API, its bodies decoded.

    Raises:
        _ImpossibleError: it has values that no flow has.
    """
    found.metadata = _part_of(found.metadata.get(PART_OF))
    exchange = to_exchange(found, to_request(found))
    _refuse_impossible(exchange)
    if failure := _lack(found):
        exchange = replace(exchange, failure=failure)
    try:
        return decoded(exchange)
    except TooLargeError as error:
        return without_bodies(exchange, str(error))


def _lack(found: http.HTTPFlow) -> str | None:
    """Return why the answer of a flow is not whole, where mitmproxy itself does not say so."""
    if found.error is not None:
        return None
    if found.response is None:
        return _NO_ANSWER
    if found.response.raw_content is None:
        return "mitmproxy streamed the answer's body and did not keep it"
    return None


def _part_of(value: object) -> dict[str, PartOf]:
    """Return what our own script noted of a flow: the large call that it is a part of."""
    if not isinstance(value, list) or len(value) != len(PartOf._fields):
        return {}
    token, connection, client = value
    are_texts = isinstance(connection, str) and isinstance(client, str)
    if not are_texts or not isinstance(token, str | None):
        return {}
    return {PART_OF: PartOf(token, connection, client)}


def _refuse_impossible(exchange: Exchange) -> None:
    request, response = exchange.request, exchange.response
    try:
        refuse_impossible(exchange)
    except ValueError as error:
        raise _ImpossibleError(*error.args) from None
    times = [request.started_ns, request.ended_ns, exchange.ended_ns]
    times += [response.started_ns, response.ended_ns] if response else []
    if not all(0 <= time < _LATEST_NS for time in times):
        raise _ImpossibleError("it has times that no flow has")
    if not isinstance(request.port, int) or not 0 <= request.port < 1 << 16:
        raise _ImpossibleError("its port is none")
    if response and not (isinstance(response.status, int) and 100 <= response.status <= 999):
        raise _ImpossibleError("its status is none")
