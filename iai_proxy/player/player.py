"""The player: answers requests from a recording, or says why it does not."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from iai_proxy.api import Endpoint, Request
from iai_proxy.api.bounds import MOST_DECODED
from iai_proxy.api.content_coding import decode
from iai_proxy.api.faults import FaultPlan, FaultRule
from iai_proxy.errors import IaiProxyError
from iai_proxy.player.client_programs import ClientPrograms
from iai_proxy.player.read_ahead import ReadAhead
from iai_proxy.player.recorded_answers import RecordedAnswers
from iai_proxy.player.values import Peer
from iai_proxy.recordings import Recording
from iai_proxy.recordings.redactor import Redactor
from iai_proxy.recordings.unsaid import Unsaid
from iai_proxy.replay import (
    Assemble,
    Client,
    IncomingRequest,
    Live,
    Miss,
    Replayer,
    SeenMiss,
    Serve,
    Tally,
    miss_report,
)
from iai_proxy.session.doors import Doors, is_local, named_server
from iai_proxy.session.notices import Notices
from iai_proxy.session.refusals import JSON, MISS
from iai_proxy.session.replies import LEVEL_HEADER, Reply, refusal, reply
from iai_proxy.text import plural

_FAULT_HEADER: Final = "x-iai-proxy-fault"
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """The settings of a player.

    Attributes:
        known_secrets: values that the recording has marks for.
        forwards: whether misses go to the API.
        latency: answers take as long as recorded, times this factor; None for as fast as possible.
        faults: which calls fail on purpose, and how.
        wrapped: all calls are those of a single client, whatever processes make them.
        most_decoded: bytes that a request may have once its content coding is undone.
        doors: name what stands in for the API.
    """

    known_secrets: tuple[str, ...] = ()
    forwards: bool = False
    latency: float | None = None
    faults: tuple[FaultRule, ...] = ()
    wrapped: bool = False
    most_decoded: int = MOST_DECODED
    doors: Doors = field(default_factory=Doors)


@dataclass(frozen=True, slots=True)
class ToApi:
    """Let the API answer.

    Attributes:
        missed: because nothing recorded does, not because of ``--until-step``.
        delay_s: how long to wait before that, in seconds.
    """

    missed: bool
    delay_s: float = 0.0


_DEFAULTS: Final = PlayerSettings()


class Player:
    """Answers from a recording. Requests are decided one at a time, in their order.

    Args:
        recording: holds the bodies; closed by :meth:`close`.
        replayer: decides what answers a request.
        notices: gets each distinct miss.
        settings: of the player.

    Attributes:
        programs: knows which client has which connection.
    """

    def __init__(
        self,
        recording: Recording,
        replayer: Replayer,
        notices: Notices,
        settings: PlayerSettings = _DEFAULTS,
    ) -> None:
        self._recording = recording
        self._replayer = replayer
        self._notices = notices
        self._settings = settings
        self._faults = FaultPlan(settings.faults)
        # Any salt will do: marks are made equal before they are compared.
        self._redactor = Redactor(b"", settings.known_secrets)
        self._unsaid = Unsaid(settings.known_secrets)
        self._answers = RecordedAnswers(recording)
        self._lock = threading.Lock()
        self._ahead = ReadAhead()
        self._is_closed = False
        self._misses: dict[str, SeenMiss] = {}
        self.programs = ClientPrograms(wrapped=settings.wrapped)

    @property
    def doors(self) -> Doors:
        """What stands in for the API."""
        return self._settings.doors

    def hide(self, text: str) -> str:
        """Return a text as it may be printed: without the secrets of the requests so far."""
        return self._unsaid.hide(text)

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        return self._replayer.tally

    @property
    def same_start(self) -> int:
        """How many clients began with a simulation that another client was given too."""
        return self._replayer.same_start

    @property
    def faulty(self) -> int:
        """How many calls failed on purpose."""
        return self._faults.happened

    @property
    def never_happened(self) -> list[str]:
        """The faults that no call met, each with the reason, in a sentence."""
        words = self._notices.place
        return [words(_never_happened(*found)) for found in self._faults.never_happened]

    @property
    def pictures(self) -> Counter[str]:
        """What is to be said of pictures that were cut out of recorded ones, and how often."""
        return self._answers.pictures

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

    def play(self, request: Request, peer: Peer) -> Reply | ToApi:
        """Return what answers a request for the API, its body still encoded as it travelled.

        May be called from any thread. Waits for the program that a new connection belongs to.

        Raises:
            InputError: the recording can't be read.
        """
        endpoint = request.endpoint
        fault = self._faults.next_call(endpoint)
        if fault and (failed := self._failed(fault)):
            return failed
        client = self.programs.sender(peer.connection)
        _ = client.identity  # waits, which must keep no other client waiting
        body, _ = decode(request.body, request.encoding, self._settings.most_decoded)
        with self._lock:
            played, recorded_s = self._decided(request, endpoint, body, client)
        delay_s = fault.delay_s if fault else 0.0
        if self._settings.latency is not None:
            passed_s = (time.time_ns() - request.started_ns) / _NS
            delay_s = max(delay_s, recorded_s * self._settings.latency - passed_s)
        return replace(played, delay_s=delay_s) if delay_s > 0 else played

    def went_live(self, endpoint: Endpoint, answer: bytes) -> None:
        """Learn from the API's own answer which calls will continue it."""
        with self._lock:
            self._replayer.went_live(endpoint, answer)

    def look_ahead(self, peer: Peer) -> None:
        """Read what a client will most likely be given next, unless another is being answered."""
        number = self._ahead.next_of(peer.connection)
        if number is None or not self._lock.acquire(blocking=False):
            return
        try:
            # A damaged answer is told of when it is asked for.
            with contextlib.suppress(IaiProxyError):
                if not self._is_closed:
                    self._recording.response(number)
        finally:
            self._lock.release()

    def forget(self, peer: Peer) -> None:
        """Forget a connection."""
        self.programs.disconnected(peer.connection)
        self._ahead.forget(peer.connection)

    def close(self) -> None:
        """Close the recording. Idempotent."""
        self.programs.close()
        with self._lock:
            self._is_closed = True
            self._recording.close()

    def _failed(self, fault: FaultRule) -> Reply | None:
        """Return how a call fails; None if it is only late."""
        if fault.drop:
            return Reply(0, "", (), b"", fault.delay_s, drop=True)
        if fault.status is None:
            return None
        detail = self._notices.place(f"injected by --fault {fault}")
        body = orjson.dumps({"detail": detail})
        failed = reply(fault.status, body, JSON, (_FAULT_HEADER, str(fault)))
        return replace(failed, delay_s=fault.delay_s)

    def _decided(
        self, request: Request, endpoint: Endpoint, body: bytes, client: Client
    ) -> tuple[Reply | ToApi, float]:
        """Return the answer and how long the recorded call took, in seconds, if that counts."""
        incoming = self._incoming(request, endpoint, body, client)
        played: Reply | ToApi
        match self._replayer.decide(incoming):
            case Live():
                return ToApi(missed=False), 0.0
            case Miss() as miss:
                return self._missed(incoming, miss), 0.0
            case Serve() as decision:
                played = self._answers.served(decision, incoming, request.headers)
                if decision.number is not None:
                    self._ahead.given(client.connection, decision.number)
            case Assemble() as decision:
                played = self._answers.assembled(decision, incoming, request.headers)
                self._ahead.given(client.connection, decision.numbers[0])
        slow = self._settings.latency is not None
        return played, self._answers.took_s(decision) if slow else 0.0

    def _incoming(
        self, request: Request, endpoint: Endpoint, body: bytes, client: Client
    ) -> IncomingRequest:
        """Return the request as it would have been recorded, without its secrets."""
        self._unsaid.meet(request.target, request.headers)
        self._redactor.learn(request.headers)
        incoming = IncomingRequest(
            endpoint,
            request.method,
            self._redactor.target_in_depth(request.target),
            body,
            self._replayer.rules.ignored,
            client,
            self._replayer.served,
        )
        if self._replayer.has_bytes(incoming):
            return incoming  # it was recorded just so, and need not be searched for secrets
        redacted = self._redactor.body_in_depth(body)
        return incoming if redacted is body else replace(incoming, body=redacted)

    def _shown(self, request: IncomingRequest) -> IncomingRequest:
        """Return a request as a report of a miss may show it, searched for secrets in depth."""
        body, target = self._unsaid.replace(request.body), self._unsaid.hide(request.target)
        if body is request.body and target == request.target:
            return request
        return replace(request, body=body, target=target)

    def _missed(self, request: IncomingRequest, miss: Miss) -> Reply | ToApi:
        nearest = self._recording.exchange(miss.nearest) if miss.nearest is not None else None
        path, forwards = str(self._recording.path), self._settings.forwards
        request = self._shown(request)
        report = miss_report(request, miss, nearest, path, forwarded=forwards)
        report = replace(report, sentence=self._notices.of_misses(report.sentence))
        self._misses.setdefault(report.sentence, SeenMiss(report)).count += 1
        said = f"{report.sentence}. The API answers it" if forwards else report.sentence
        self._notices.once(f"miss {report.sentence}", said)
        if forwards:
            return ToApi(missed=True)
        return refusal(MISS, report.sentence, (LEVEL_HEADER, "miss"))


def other_host(host: str, port: int) -> Reply:
    """Return the refusal of a tunnel or a request to a server that is not the API's."""
    sentence = f"replay is offline: {named_server(host, port)} is not the Inverted AI API"
    if is_local(host):
        sentence += "; if it stands in for it, set IAI_DEV_URL where you start iai-proxy"
    return refusal(MISS, sentence)


def _never_happened(rule: FaultRule, calls: int) -> str:
    of = "" if rule.endpoint == "*" else f" of {rule.endpoint}"
    return f"--fault {rule} never happened: the client made {plural(calls, 'call')}{of}"
