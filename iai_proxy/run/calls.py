"""Calls as they travelled: times, headers, bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Any, ClassVar, Final, overload

from iai_proxy.api import Call as Listed
from iai_proxy.api import Request as Sent
from iai_proxy.api import Response as Answered
from iai_proxy.api import parse_json
from iai_proxy.errors import InputError
from iai_proxy.run.moments import moment
from iai_proxy.run.reading import Reading
from iai_proxy.run.rows import Rows
from iai_proxy.text import plural, printable

_AT_ONCE: Final = 200

#: Gives by number of a call its simulation and step.
Places = Callable[[], Mapping[int, tuple[int, int]]]


class Message:
    """What a request and a response have in common.

    Attributes:
        headers: pairs of a name and a value, in their order; secrets are replaced by marks.
        body: as bytes, decoded of its ``Content-Encoding``.
        started_ns: when its first byte had come, in nanoseconds since the epoch.
        ended_ns: when its last byte had come.
    """

    def __init__(self, message: Sent | Answered, name: str) -> None:
        self._name = name
        self.headers: tuple[tuple[str, str], ...] = message.headers
        self.body: bytes = message.body
        self.started_ns: int = message.started_ns
        self.ended_ns: int = message.ended_ns

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name; None without it."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known.lower() == wanted), None)

    def json(self) -> Any:
        """Return the body parsed; None for an empty one.

        Also NaN and Infinity, which clients send too, are floats.

        Raises:
            InputError: it is no JSON.
        """
        if not self.body:
            return None
        try:
            return parse_json(self.body, float)
        except ValueError as error:
            raise InputError(
                f"the body of {self._name} is no JSON ({error}): read its `body`"
            ) from None


class Request(Message):
    """What the client asked for.

    Attributes:
        method: such as ``POST``.
        url: whole, as the client sent it.
    """

    def __init__(self, request: Sent, name: str) -> None:
        super().__init__(request, name)
        self.method = request.method
        self.url = request.url


class Response(Message):
    """What was answered.

    Attributes:
        status: of HTTP, such as 200.
        reason: what stands behind the status, such as ``OK``.
    """

    def __init__(self, response: Answered, name: str) -> None:
        super().__init__(response, name)
        self.status = response.status
        self.reason = response.reason


class Call:
    """One request, with its answer or its failure.

    Attributes:
        number: from 1, in the order in which they were recorded.
        endpoint: such as ``drive`` or ``location_info``; ``other`` for the unknown.
        method: such as ``POST``.
        path: with the query, as the client sent it.
        status: of HTTP; None if no answer came.
        failure: why there is no complete answer, a sentence; None if there is one.
        succeeded: whether a complete answer with a status from 200 to 299 came.
        started_ns: when the first byte of the request had come, in nanoseconds since the epoch.
        ended_ns: when the answer was complete, or its failure was noticed.
        duration_ms: from the one to the other, in milliseconds.
        request_bytes: size of the request's body, decoded.
        response_bytes: size of the answer's body, decoded; 0 without one.
        connection: equal for calls that came over the same connection of the client.
        sdk_version: what the client's SDK calls itself; None if it says nothing.
    """

    def __init__(self, reading: Reading, call: Listed, places: Places) -> None:
        self._reading = reading
        self._places = places
        self.number: int = call.id
        self.endpoint: str = call.endpoint.value
        self.method: str = call.method
        self.path: str = call.target
        self.status: int | None = call.status
        self.failure: str | None = call.failure
        self.succeeded: bool = call.succeeded
        self.started_ns: int = call.started_ns
        self.ended_ns: int = call.ended_ns
        self.duration_ms: float = call.duration_ms
        self.request_bytes: int = call.request_bytes
        self.response_bytes: int = call.response_bytes
        self.connection: str = call.connection
        self.sdk_version: str | None = call.sdk_version

    @property
    def simulation(self) -> int | None:
        """Number of the simulation that it belongs to; None if it belongs to none.

        It belongs to one also as a failed attempt, or as the ``initialize`` of a newcomer.
        """
        place = self._places().get(self.number)
        return place[0] if place else None

    @property
    def step(self) -> int | None:
        """Number of the step that it belongs to; None if it belongs to none."""
        place = self._places().get(self.number)
        return place[1] if place else None

    @property
    def started(self) -> datetime:
        """When the request began, in UTC."""
        return moment(self.started_ns)

    @property
    def request(self) -> Request:
        """The request, read from the file whenever it is asked for.

        Raises:
            InputError: it is damaged.
        """
        with self._reading.recording() as recording:
            exchange = recording.exchange(self.number)
        return Request(exchange.request, f"the request of call {self.number}")

    @property
    def response(self) -> Response | None:
        """The answer, read from the file whenever it is asked for; None if none came.

        Raises:
            InputError: it is damaged.
        """
        with self._reading.recording() as recording:
            response = recording.response(self.number)
        return Response(response, f"the answer to call {self.number}") if response else None

    def __repr__(self) -> str:
        came = printable(self.failure or str(self.status))
        return f"<call {self.number}: {self.endpoint}, {came}, {self.duration_ms:.0f} ms>"


class Calls(Rows[Call], Sequence[Call]):
    """The calls of a run, in the file until they are asked for.

    ``calls[0]`` is call 1, ``calls[-1]`` the last one, ``calls[:10]`` the first ten;
    ``len(calls)`` says how many they are.
    """

    _table: ClassVar[str] = "calls"

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._places = cache(partial(_places_of, reading))
        self._latest = reading.latest

    def __len__(self) -> int:
        return self._latest

    def __iter__(self) -> Iterator[Call]:
        after = 0
        while after < self._latest:
            with self._reading.recording() as recording:
                read = list(islice(recording.calls(after=after), _AT_ONCE))
            for call in read:
                if call.id <= self._latest:
                    yield Call(self._reading, call, self._places)
            after = read[-1].id if read else self._latest

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        """Return a call by its place, which begins with 0, or several."""
        numbers = range(1, self._latest + 1)[index]
        return self.call(numbers) if isinstance(numbers, int) else list(map(self.call, numbers))

    def call(self, number: int) -> Call:
        """Return a call by its number, which begins with 1.

        Raises:
            UsageError: there is none.
            InputError: it is damaged.
        """
        with self._reading.recording() as recording:
            call = recording.call(number)
        return Call(self._reading, call, self._places)

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'call')}>"


def _places_of(reading: Reading) -> dict[int, tuple[int, int]]:
    """Return simulation and step of each call that has any."""
    return {
        number: (joined.simulation, joined.index)
        for joined in reading.scenes.steps
        for number in (
            *joined.step.attempts,
            *joined.step.arrivals,
            *joined.step.refused,
            *joined.step.calls,
        )
    }
