"""Replaying where nothing may reach the network: a player behind our own server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from iai_proxy.client.leaves import Leaves
from iai_proxy.client.process import Stops
from iai_proxy.offline.server import OfflineServer
from iai_proxy.player import Answering
from iai_proxy.player.job import (
    PlayedJob,
    ReplayOutcome,
    count_misses,
    open_player,
    warn_of_mock_api,
)
from iai_proxy.session.ending import ANOTHER, come_to_end, unless_stopped_again
from iai_proxy.session.foreground import Invocation, client_or_signal
from iai_proxy.session.job import authority_of
from iai_proxy.session.notices import Notices, Say
from iai_proxy.session.traffic import Traffic
from iai_proxy.settings.listen import Bound
from iai_proxy.settings.replaying import ReplaySettings


def replay(settings: ReplaySettings, invocation: Invocation) -> ReplayOutcome:
    """Replay until the client command ends or the server is stopped.

    Raises:
        UsageError: an address can't be listened on.
        InputError: the recording can't be read.
        ClientNotStartedError: there is no such client command.
    """
    environ, wrapped = invocation.environment, bool(invocation.client)
    notices = Notices(invocation.say)
    warn_of_mock_api(notices, environ)
    log = invocation.say if settings.verbose else None
    with open_player(settings, environ, notices, wrapped=wrapped) as job:
        count_misses(invocation.traffic, job.player)
        with serving(job, settings, invocation.traffic, log, wrapped=wrapped) as server:
            code = asyncio.run(_in_foreground(job.title, settings, invocation, server))
    return ReplayOutcome.of(job, code)


async def _in_foreground(
    title: str, settings: ReplaySettings, invocation: Invocation, server: OfflineServer
) -> int:
    """Serve until the client command ends or a signal comes; return the client's exit code."""
    say = invocation.say
    with Stops() as stops:
        code = await client_or_signal(title, settings, invocation, server.addresses, stops)
        ending = come_to_end(server, settings.grace, say, ANOTHER)
        await unless_stopped_again(ending, stops, server, say)
    return code


@contextmanager
def served(job: PlayedJob, settings: ReplaySettings) -> Iterator[Bound]:
    """Serve a replay on threads while the block runs, and give where that listens.

    Raises:
        UsageError: an address can't be listened on.
    """
    with serving(job, settings) as server:
        yield server.addresses


@contextmanager
def serving(
    job: PlayedJob,
    settings: ReplaySettings,
    traffic: Traffic | None = None,
    log: Say | None = None,
    *,
    wrapped: bool = True,
) -> Iterator[OfflineServer]:
    """Have a server of a replay while the block runs, on threads.

    Args:
        job: the replay.
        settings: of it.
        traffic: counts what passes; None if no one watches.
        log: is told of each connection and call; None to keep quiet.
        wrapped: the client will be told where the server listens: any port will do.

    Raises:
        UsageError: an address can't be listened on.
    """
    answering = Answering(job.player, traffic, log)
    server = OfflineServer(
        settings.listening(wrapped=wrapped),
        answering,
        Leaves(authority_of(settings)),
        lambda host: job.notices.distrusted(host, "replay"),
        most_body=settings.bounds.body,
        wrong_password=job.notices.wrong_password,
    )
    server.start()
    try:
        yield server
    finally:
        answering.stop()
        server.stop()
