"""The addon that replays: every request is answered from the recording or refused.

No request reaches the network but those that the user sends there (``--on-miss``,
``--until-step``).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import time
from typing import Any, Final, TypeVar

import orjson
from mitmproxy import dns, http
from mitmproxy.net.dns import response_codes
from mitmproxy.proxy import server_hooks

from iai_proxy.api import Endpoint, Headers, LazyBody
from iai_proxy.api.faults import FaultPlan, FaultRule
from iai_proxy.api.hosts import is_api_host
from iai_proxy.proxy.capture import is_for_api, to_request
from iai_proxy.proxy.client_programs import ClientPrograms
from iai_proxy.proxy.content_coding import decode
from iai_proxy.proxy.fail_closed import MISS, fail_closed, refuse, without_body_for_head
from iai_proxy.proxy.forwarding import Gate
from iai_proxy.proxy.maps import drive_picture, map_answer
from iai_proxy.proxy.notices import Notices
from iai_proxy.proxy.responses import (
    LEVEL_HEADER,
    assembled_answer,
    recorded_response,
    replayed,
    without_body,
)
from iai_proxy.recordings import Recording
from iai_proxy.recordings.redactor import Redactor
from iai_proxy.replay import (
    Assemble,
    IncomingRequest,
    Live,
    Miss,
    MissReport,
    Replayer,
    Serve,
    Tally,
    miss_report,
)
from iai_proxy.text import plural

_T = TypeVar("_T")

_FAULT_HEADER: Final = "x-iai-proxy-fault"
#: Key in a flow's metadata: it is a miss that goes to the API.
_FORWARDED: Final = "iai-proxy-forwarded"


@dataclass(slots=True)
class SeenMiss:
    """A distinct miss, and how many requests it refused."""

    report: MissReport
    count: int = 0

    @property
    def sentence(self) -> str:
        """What the client was told."""
        return self.report.sentence

    @property
    def as_json(self) -> dict[str, Any]:
        """The miss as ``--explain`` shows it."""
        return {**self.report.facts, "count": self.count}


@dataclass(frozen=True, slots=True)
class ReplayAddonSettings:
    """The settings of the addon.

    Attributes:
        known_secrets: values that the recording has marks for.
        forwards: whether misses go to the API.
        latency: answers take as long as recorded, times this factor; None for as fast as possible.
        faults: which calls fail on purpose, and how.
        wrapped: all calls are those of a single client, whatever processes make them.
    """

    known_secrets: tuple[str, ...] = ()
    forwards: bool = False
    latency: float | None = None
    faults: tuple[FaultRule, ...] = ()
    wrapped: bool = False


_DEFAULTS: Final = ReplayAddonSettings()


class ReplayAddon:
    """Answers from a recording.

    Args:
        recording: holds the bodies; used on a thread of its own, closed by :meth:`done`.
        replayer: decides what answers a request.
        notices: gets each distinct miss.
        settings: of the addon.

    Attributes:
        forwarded: how many misses the API answered, by endpoint.
        live: how many calls after the recorded steps it answered.
        faulty: how many calls failed on purpose.
        pictures: what is to be said of pictures that were cut out of recorded ones, and how often.
    """

    def __init__(
        self,
        recording: Recording,
        replayer: Replayer,
        notices: Notices,
        settings: ReplayAddonSettings = _DEFAULTS,
    ) -> None:
        self._recording = recording
        self._replayer = replayer
        self._notices = notices
        self._settings = settings
        self._faults = FaultPlan(settings.faults)
        # Any salt will do: marks are made equal before they are compared.
        self._redactor = Redactor(b"", settings.known_secrets)
        # One thread, so that requests are decided one at a time, in their order.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-replay")
        self._misses: dict[str, SeenMiss] = {}
        self._gate = Gate()
        self.programs = ClientPrograms(wrapped=settings.wrapped)
        self.forwarded: Counter[str] = Counter()
        self.live = 0
        self.faulty = 0
        self.pictures: Counter[str] = Counter()

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        return self._replayer.tally

    @property
    def same_start(self) -> int:
        """How many clients began with a simulation that another client was given too."""
        return self._replayer.same_start

    @property
    def never_happened(self) -> list[str]:
        """The faults that no call met, each with the reason, in a sentence."""
        words = self._notices.place
        return [words(_never_happened(*found)) for found in self._faults.never_happened]

    @property
    def forwards(self) -> bool:
        """Whether misses go to the API, so that the client was refused nothing."""
        return self._settings.forwards

    @property
    def until_step(self) -> int | None:
        """The step after which the API answers; None if it never does."""
        return self._replayer.rules.until_step

    @property
    def misses(self) -> tuple[SeenMiss, ...]:
        """The distinct misses so far, in order."""
        return tuple(self._misses.values())

    @fail_closed
    async def request(self, flow: http.HTTPFlow) -> None:
        """Answer from the recording, refuse or, if the user wants it, let the API answer."""
        if flow.response is not None:
            return  # another addon has answered, say for want of a password
        if not is_for_api(flow):
            _refuse_host(flow, flow.request.pretty_host)
            return
        fault = self._faults.next_call(Endpoint.of(flow.request.method, flow.request.path))
        if fault and await self._fail(flow, fault):
            return
        # Not on the worker, which all clients share.
        await self.programs.looked_up(flow.client_conn)
        answer, recorded_s = await self._on_worker(lambda: self._answer(flow))
        if answer is None:
            self._gate.open(flow)
            return
        if self._settings.latency is not None:
            passed = time() - flow.request.timestamp_start
            await asyncio.sleep(max(0.0, recorded_s * self._settings.latency - passed))
        flow.response = answer

    @fail_closed
    async def response(self, flow: http.HTTPFlow) -> None:
        """Learn from the API's own answer which calls will continue it."""
        if not self._gate.is_open(flow):
            return
        self._gate.close(flow)
        if flow.response is not None:
            endpoint = Endpoint.of(flow.request.method, flow.request.path)
            self._count_answer(flow, endpoint)
            body = flow.response.get_content(strict=False) or b""
            await self._on_worker(lambda: self._replayer.went_live(endpoint, body))

    def error(self, flow: http.HTTPFlow) -> None:
        """Note that a call to the API has failed."""
        self._gate.close(flow)

    @fail_closed
    async def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuse a tunnel to any host but the API's."""
        if not is_api_host(flow.request.host):
            _refuse_host(flow, flow.request.host)

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Stream nothing: that would go upstream before anything is decided."""
        flow.request.stream = False

    def dns_request(self, flow: dns.DNSFlow) -> None:
        """Resolve no name where mitmproxy is a name server."""
        flow.response = flow.request.fail(response_codes.REFUSED)

    def server_connect(self, data: server_hooks.ServerConnectionHookData) -> None:
        """Connect to nothing, except for a call that goes to the API."""
        self._gate.refuse_others(data)

    def done(self) -> None:
        """Close the recording."""
        self._worker.shutdown()
        self._recording.close()

    async def _on_worker(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _count_answer(self, flow: http.HTTPFlow, endpoint: Endpoint) -> None:
        if flow.metadata.get(_FORWARDED):
            self.forwarded[endpoint] += 1
        else:
            self.live += 1

    async def _fail(self, flow: http.HTTPFlow, fault: FaultRule) -> bool:
        """Let a call fail as a fault says; return whether it is dealt with."""
        self.faulty += 1
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            flow.kill()
        elif fault.status is not None:
            detail = self._notices.place(f"injected by --fault {fault}")
            body = orjson.dumps({"detail": detail})
            headers = {"content-type": "application/json", _FAULT_HEADER: str(fault)}
            flow.response = http.Response.make(fault.status, body, headers)
            without_body_for_head(flow)
        return fault.drop or fault.status is not None

    # On the worker's thread

    def _answer(self, flow: http.HTTPFlow) -> tuple[http.Response | None, float]:
        """Return the answer and how long the recorded call took, in seconds.

        The answer is None if the API is to give it.
        """
        asked = to_request(flow)
        self._redactor.learn(asked.headers)
        body, _ = decode(asked.body, asked.encoding)
        endpoint = Endpoint.of(asked.method, asked.target)
        target = self._redactor.target(asked.target)
        body = self._redactor.body(body)
        client = self.programs.sender(flow.client_conn)
        ignored = self._replayer.rules.ignored
        request = IncomingRequest(endpoint, asked.method, target, body, ignored, client)
        decision = self._replayer.decide(request)
        match decision:
            case Live():
                return None, 0.0
            case Miss():
                return self._missed(flow, request, decision), 0.0
            case Serve():
                numbers = (decision.number,) if decision.number is not None else ()
                response = self._served(decision, request, asked.headers)
                return response, self._recorded_s(numbers)
            case Assemble():
                response = self._assembled(decision, request, asked.headers)
                return response, self._recorded_s(decision.numbers)

    def _served(self, decision: Serve, request: IncomingRequest, asked: Headers) -> http.Response:
        if decision.among:
            found = map_answer(self._recording, decision.among, request.target, request.ignored)
            if found:
                self._note_picture(found.notice)
                return replayed(found.response, found.number, decision.level, asked)
        response = recorded_response(self._recording, decision, asked)
        if request.method == "HEAD" and decision.number is not None:
            recorded = self._recording.response(decision.number)
            without_body(response, recorded.headers if recorded else ())
        return response

    def _assembled(
        self, decision: Assemble, request: IncomingRequest, asked: Headers
    ) -> http.Response:
        number = decision.numbers[0]
        recorded = assembled_answer(self._recording, decision)
        if request.endpoint is Endpoint.DRIVE and request.value.get("get_birdview"):
            requested = self._requested(number)
            recorded, notice = drive_picture(
                recorded, number, request.value, requested, request.ignored
            )
            self._note_picture(notice)
        return replayed(recorded, number, decision.level, asked)

    def _requested(self, number: int) -> Mapping[str, Any]:
        return LazyBody.of(self._recording.body(self._recording.call(number).request_hash))

    def _note_picture(self, notice: str | None) -> None:
        if notice:
            self.pictures[notice] += 1

    def _recorded_s(self, numbers: tuple[int, ...]) -> float:
        if self._settings.latency is None:
            return 0.0
        return max(
            (self._recording.call(number).duration_ms / 1000 for number in numbers), default=0.0
        )

    def _missed(
        self, flow: http.HTTPFlow, request: IncomingRequest, miss: Miss
    ) -> http.Response | None:
        nearest = self._recording.exchange(miss.nearest) if miss.nearest is not None else None
        path, forwards = str(self._recording.path), self._settings.forwards
        report = miss_report(request, miss, nearest, path, forwarded=forwards)
        report = replace(report, sentence=self._notices.of_misses(report.sentence))
        self._misses.setdefault(report.sentence, SeenMiss(report)).count += 1
        if forwards:
            flow.metadata[_FORWARDED] = True
            self._notices.once(f"miss {report.sentence}", f"{report.sentence}. The API answers it")
            return None
        self._notices.once(f"miss {report.sentence}", report.sentence)
        refuse(flow, MISS, report.sentence, **{LEVEL_HEADER: "miss"})
        return flow.response


def _never_happened(rule: FaultRule, calls: int) -> str:
    of = "" if rule.endpoint == "*" else f" of {rule.endpoint}"
    return f"--fault {rule} never happened: the client made {plural(calls, 'call')}{of}"


def _refuse_host(flow: http.HTTPFlow, host: str) -> None:
    refuse(flow, MISS, f"replay is offline: {host} is not the Inverted AI API")
