"""Runs a job in mitmproxy for a command: while the client runs, or until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from iai_proxy.client.process import Stops
from iai_proxy.proxy.embed import MitmproxyLog, run_proxy
from iai_proxy.proxy.flow_traffic import FlowTraffic
from iai_proxy.proxy.job import ProxyJob, proxy_spec
from iai_proxy.session.ending import ANOTHER, unless_stopped_again
from iai_proxy.session.foreground import Invocation, client_or_signal
from iai_proxy.session.notices import Say
from iai_proxy.settings.listen import Bound
from iai_proxy.settings.proxying import ProxySettings


def run_in_foreground(job: ProxyJob, settings: ProxySettings, invocation: Invocation) -> int:
    """Run a proxy until the client command ends or the proxy is stopped.

    Returns:
        The client's exit code; 0 for a proxy that was stopped.

    Raises:
        UsageError: an address can't be listened on.
        ClientNotStartedError: there is no such client command.
    """
    spec = proxy_spec(
        settings,
        invocation.upstream,
        invocation.environment,
        job.notices,
        wrapped=bool(invocation.client),
        replayed=job.replayed,
    )
    say = invocation.say

    async def work(bound: Bound) -> int:
        with Stops() as stops:
            code = await client_or_signal(job.title, settings, invocation, bound, stops)
            await unless_stopped_again(job.drained(ANOTHER), stops, job.ending, say)
        return code

    with mitmproxy_log(say, verbose=settings.verbose):
        counting = [FlowTraffic(invocation.traffic)] if invocation.traffic else []
        return asyncio.run(run_proxy(spec, [*job.addons(), *counting], work))


@contextmanager
def mitmproxy_log(say: Say, *, verbose: bool) -> Iterator[None]:
    """Show mitmproxy's log while the block runs."""
    logger = logging.getLogger("mitmproxy")
    handler = MitmproxyLog(say, verbose=verbose)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(handler.level)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
