"""The addon that replays: every request is answered from the recording or refused, none reaches the network."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeVar

import orjson
from mitmproxy import dns, http
from mitmproxy.net.dns import response_codes
from mitmproxy.proxy import mode_specs, server_hooks

from iai_proxy.exchange import Exchange, Headers, Response, api_path, endpoint_of
from iai_proxy.exchange.marks import has_marks
from iai_proxy.large import merged_drive_answer
from iai_proxy.matching import differences, parse_json
from iai_proxy.mitm.capture import accepts_gzip, decode, meant_hosts, to_request
from iai_proxy.mitm.guard import MISS, fail_closed, refuse
from iai_proxy.mitm.hosts import is_api_host
from iai_proxy.mitm.notices import Notices
from iai_proxy.redact import Redactor
from iai_proxy.replay import Assemble, Miss, Question, Replayer, Serve
from iai_proxy.store import Recording

_T = TypeVar("_T")

_LEVEL_HEADER: Final = "x-iai-proxy-match"
_NUMBER_HEADER: Final = "x-iai-proxy-exchange"
#: Headers of a recorded answer that belong to the connection of its day (RFC 9110, section 7.6.1), or are made anew.
_NOT_REPLAYED: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"content-length", "content-encoding", "alt-svc", "proxy-authenticate"}
)
_DIFFERENCES_SHOWN: Final = 3


class Player:
    """Answers from a recording.

    Args:
        recording: where bodies come from; used on a thread of its own, closed by :meth:`done`.
        replayer: decides what answers.
        notices: told of each distinct miss.
        known_secrets: values that the recording has marks for.
    """

    def __init__(
        self, recording: Recording, replayer: Replayer, notices: Notices, known_secrets: tuple[str, ...] = ()
    ) -> None:
        self._recording = recording
        self._replayer = replayer
        self._notices = notices
        # The salt makes no difference: marks are made alike before anything is compared.
        self._redactor = Redactor(b"", known_secrets)
        # One thread, so that decisions are made one after another, in the order of the requests.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-replay")

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer from the recording, or refuse."""
        if flow.response is not None:
            return  # another addon (a password is asked for) has answered
        reverse = isinstance(flow.client_conn.proxy_mode, mode_specs.ReverseMode)
        if not reverse and not any(map(is_api_host, meant_hosts(flow))):
            refuse(flow, MISS, f"replay is offline: {flow.request.pretty_host} is not the Inverted AI API")
            return
        flow.response = await self._on_worker(lambda: self._answer(flow))

    @fail_closed
    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel to any host but the API's."""
        if not is_api_host(flow.request.host):
            refuse(flow, MISS, f"replay is offline: {flow.request.host} is not the Inverted AI API")

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Have the whole body before anything is decided: what is streamed goes upstream at once."""
        flow.request.stream = False

    def dns_request(self, flow: dns.DNSFlow) -> None:
        """Resolve no name, where mitmproxy is set up as a name server."""
        flow.response = flow.request.fail(response_codes.REFUSED)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Connect to nothing, whatever asked for it."""
        data.server.error = "iai-proxy: replay is offline and connects to nothing"

    def done(self) -> None:
        """Let go of the recording."""
        self._worker.shutdown()
        self._recording.close()

    async def _on_worker(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _answer(self, flow: http.HTTPFlow) -> http.Response:
        asked = to_request(flow)
        self._redactor.learn(asked.headers)
        body, _ = decode(asked.body, asked.encoding)
        endpoint = endpoint_of(asked.method, asked.target)
        target = self._redactor.target(asked.target)
        body = self._redactor.body(body)
        client = flow.client_conn.id
        question = Question(endpoint, asked.method, target, body, self._replayer.ignored, client)
        decision = self._replayer.decide(question)
        if isinstance(decision, Assemble):
            return self._assembled(decision, asked.headers)
        if isinstance(decision, Miss):
            return self._refusal(flow, question, decision)
        return self._response(decision, asked.headers)

    def _response(self, decision: Serve, asked: Headers) -> http.Response:
        if decision.number is None:
            return http.Response.make(200, b"{}", {"content-type": "application/json", _LEVEL_HEADER: decision.level})
        recorded = self._recorded(decision.number)
        return self._replayed(recorded, decision.number, decision.level, asked)

    def _assembled(self, decision: Assemble, asked: Headers) -> http.Response:
        first = self._recorded(decision.numbers[0])
        if not decision.is_one_answer_as_it_is or not (decision.whole or _agents(first) == len(decision.sources)):
            answers = [parse_json(self._recorded(number).body) for number in decision.numbers]
            merged = merged_drive_answer(answers, decision.sources)
            first = replace(first, body=orjson.dumps(merged), encoding="")
        return self._replayed(first, decision.numbers[0], "step", asked)

    def _recorded(self, number: int) -> Response:
        recorded = self._recording.exchange(number).response
        if recorded is None:
            raise RuntimeError(f"call {number} has no answer")
        return recorded

    def _replayed(self, recorded: Response, number: int, level: str, asked: Headers) -> http.Response:
        fields = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in recorded.headers
            if name.lower() not in _NOT_REPLAYED and not has_marks(value.encode("latin-1"))
        ]
        headers = http.Headers(fields)
        headers[_LEVEL_HEADER] = level
        headers[_NUMBER_HEADER] = str(number)
        body = recorded.body
        if recorded.encoding.startswith("!"):
            headers["content-encoding"] = recorded.encoding[1:]  # kept as it travelled
        elif body and accepts_gzip(asked):
            headers["content-encoding"] = "gzip"
            body = _gzip(body)
        response = http.Response.make(recorded.status, b"", headers)
        response.raw_content = body  # as it is: content would be encoded once more
        response.headers["content-length"] = str(len(body))
        response.reason = recorded.reason
        return response

    def _refusal(self, flow: http.HTTPFlow, question: Question, miss: Miss) -> http.Response:
        sentence = self._sentence(question, miss)
        self._notices.once(f"miss {sentence}", sentence)
        refuse(flow, MISS, sentence, **{_LEVEL_HEADER: "miss"})
        response = flow.response
        if response is None:
            raise RuntimeError("a refusal is an answer")
        return response

    def _sentence(self, question: Question, miss: Miss) -> str:
        what = f"{question.method} {api_path(question.target).partition('?')[0] or '/'}"
        sentence = f"no recorded answer to {what}: it {miss.reason}"
        if miss.nearest is not None and not miss.compared:
            sentence += self._nearest(question, self._recording.exchange(miss.nearest))
        if miss.accepted_by:
            sentence += f"; {miss.accepted_by} accepts it"
        if miss.nearest is not None:
            sentence += f". `iai-proxy call {self._recording.path} {miss.nearest}` shows the recorded call"
        return sentence

    def _nearest(self, question: Question, recorded: Exchange) -> str:
        found = differences(question.target, question.body, recorded.request.target, recorded.request.body)
        shown = [str(difference) for _, difference in zip(range(_DIFFERENCES_SHOWN), found, strict=False)]
        return f"; nearest #{recorded.id} differs at: {', '.join(shown)}" if shown else f"; see #{recorded.id}"


def _agents(response: Response) -> int:
    return len(parse_json(response.body)["agent_states"])


def _gzip(body: bytes) -> bytes:
    """Wrap a body in the gzip format (RFC 1952) without deflating it.

    The client is on this machine: level 1 would take 5 ms of an answer of 3 ms, this takes half of one.
    """
    packer = zlib.compressobj(level=0, wbits=31)
    return packer.compress(body) + packer.flush()
