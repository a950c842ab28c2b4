"""Worlds as recordings, with what stands around the steps: maps, key checks, failures, blame."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from iai_proxy.api import Call, Endpoint, Exchange
from iai_proxy.recordings import Recording
from support.exchanges import exchange, request, response
from support.recordings import write
from support.worlds import World

#: One tick of a world's clock, ns.
TICK_NS = 1_000_000


def exchanges_of(world: World, begin_ns: int = 1_700_000_000_000_000_000) -> Iterator[Exchange]:
    """The calls of a world, in its order."""
    for seen, (sent, got) in zip(world.observations, world.bodies, strict=True):
        yield made(seen.call, sent, got, begin_ns)


def made(call: Call, sent: bytes, got: bytes, begin_ns: int) -> Exchange:
    """A world's call as an exchange."""
    started, ended = begin_ns + call.started_ns * TICK_NS, begin_ns + call.ended_ns * TICK_NS
    asked = replace(
        request(sent, target=f"/v0/aws/m1/{call.endpoint}"), started_ns=started, ended_ns=started
    )
    answer = replace(response(got, status=call.status or 200), started_ns=ended, ended_ns=ended)
    base = exchange(asked, answer)
    return replace(base, connection=call.connection, ended_ns=ended, large=call.large)


def query(
    endpoint: str, location: str | None = None, connection: str = "c1", at_ns: int = 0
) -> Exchange:
    """A call without a body."""
    target = f"/v0/aws/m1/{endpoint}" + (f"?location={location}" if location else "")
    asked = replace(request(b"", method="GET", target=target), started_ns=at_ns, ended_ns=at_ns)
    return replace(exchange(asked, b'{"bounding_polygon":[]}'), connection=connection)


def posted(
    endpoint: str, body: Mapping[str, object], connection: str = "c1", status: int = 200
) -> Exchange:
    """A call with a body."""
    asked = request(json.dumps(body).encode(), target=f"/v0/aws/m1/{endpoint}")
    return replace(exchange(asked, response(b"{}", status=status)), connection=connection)


def record(path: Path, exchanges: Iterable[Exchange]) -> Path:
    """Write calls as a recording."""
    write(path, *exchanges)
    return path


def told(path: Path) -> list[Exchange]:
    """All calls of a recording without their numbers."""
    with Recording(path) as recording:
        return [replace(found, id=0) for found in recording.exchanges()]


def endpoints(path: Path) -> list[Endpoint]:
    """The endpoints of a recording's calls, in order."""
    return [found.endpoint for found in told(path)]


def simulations(path: Path) -> list[list[tuple[object, ...]]]:
    """Of each simulation its steps: index, number of the parent's first call, agents."""
    with Recording(path) as recording:
        return [
            [
                (step.index, step.parent.earliest if step.parent else None, len(step.agents))
                for step in simulation.steps
            ]
            for simulation in recording.lineage().simulations
        ]
