"""Runs a job for a command: while the client runs, or until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.client.authority import Authority
from iai_proxy.client.process import run_client, until_stopped
from iai_proxy.client.shell import POINTED, export_lines
from iai_proxy.proxy.embed import Bound, MitmproxyLog, run_proxy
from iai_proxy.proxy.job import Job, authority_of, proxy_spec
from iai_proxy.proxy.traffic import Traffic
from iai_proxy.settings.model import ProxySettings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a command is run with, apart from its settings.

    Attributes:
        client: the client command; empty for a proxy that runs until it is stopped.
        environment: what the client command starts from.
        upstream: where calls for the API go; None for where the client sends them.
        say: shows one notice to people.
        show: shows lines of data.
        ready: called with the addresses once they are listened on.
        traffic: counts what passes; None if no one watches.
    """

    client: tuple[str, ...]
    environment: Mapping[str, str]
    upstream: Upstream | None
    say: Say
    show: Say
    ready: Callable[[Bound], None] = lambda _: None
    traffic: Traffic | None = None


def run_in_foreground(job: Job, settings: ProxySettings, invocation: Invocation) -> int:
    """Run a proxy until the client command ends or the proxy is stopped.

    Returns:
        The client's exit code; 0 for a proxy that was stopped.

    Raises:
        UsageError: an address can't be listened on.
        ClientNotStartedError: there is no such client command.
    """
    spec = proxy_spec(settings, invocation.upstream, wrapped=bool(invocation.client))
    say = invocation.say

    async def work(bound: Bound) -> int:
        say(job.title)
        invocation.ready(bound)
        code = await _client_or_signal(settings, invocation, bound)
        if job.under_way:
            say(f"waiting for {job.under_way} calls under way")
        await job.drained()
        return code

    with mitmproxy_log(say, verbose=settings.verbose):
        counting = [invocation.traffic] if invocation.traffic else []
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


async def _client_or_signal(settings: ProxySettings, invocation: Invocation, bound: Bound) -> int:
    """Run the client command; without one, say how to point clients here and wait to be stopped."""
    authority, say = authority_of(settings), invocation.say
    forward = _forward_variables(settings, authority, invocation.environment, bound)
    reverse = {"IAI_DEV": "1", "IAI_DEV_URL": bound.reverse.url} if bound.reverse else {}
    if invocation.client:
        if bound.reverse:
            say(f"listening on {bound.reverse} for clients that can't use a proxy")
        variables = {**invocation.environment, **(forward or reverse)}
        if settings.python_seed is not None:
            variables |= environment.seeding_variables(variables, settings.python_seed)
        return await run_client(invocation.client, variables)
    if bound.forward:
        say(f"listening on {bound.forward}; in the client's shell:")
        invocation.show(export_lines({**POINTED, **forward}).rstrip("\n"))
    if bound.reverse:
        say(f"listening on {bound.reverse} for clients that can't use a proxy; in their shell:")
        invocation.show(export_lines(reverse).rstrip("\n"))
    say("stop with Ctrl-C or SIGTERM")
    await until_stopped()
    return 0


def _forward_variables(
    settings: ProxySettings, authority: Authority, base: Mapping[str, str], bound: Bound
) -> dict[str, str]:
    if not bound.forward:
        return {}
    url = bound.forward.url_with(settings.proxy_password)
    return environment.pointing_variables(base, authority, url)
