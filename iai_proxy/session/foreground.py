"""Runs what a command runs its proxy for: a client command, or the wait for being stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from iai_proxy.api.hosts import Upstream
from iai_proxy.client import environment
from iai_proxy.client.authority import Authority
from iai_proxy.client.process import Stops, run_client
from iai_proxy.client.shell import POINTED, export_lines
from iai_proxy.session.job import authority_of
from iai_proxy.session.notices import Say
from iai_proxy.session.traffic import Traffic
from iai_proxy.settings.listen import Bound
from iai_proxy.settings.proxying import ProxySettings


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


async def client_or_signal(
    title: str, settings: ProxySettings, invocation: Invocation, bound: Bound, stops: Stops
) -> int:
    """Run the client command; without one, say how to point clients here and wait to be stopped.

    Args:
        title: what the proxy does, in a few words.
        settings: of the job.
        invocation: what it was started with.
        bound: where the proxy listens.
        stops: what it is stopped by; the client's, while that runs.

    Returns:
        The client's exit code; 0 for a proxy that was stopped.

    Raises:
        ClientNotStartedError: there is no such client command.
    """
    invocation.say(title)
    invocation.ready(bound)
    authority, say = authority_of(settings), invocation.say
    forward = _forward_variables(settings, authority, invocation.environment, bound)
    reverse = {"IAI_DEV": "1", "IAI_DEV_URL": bound.reverse.url} if bound.reverse else {}
    if invocation.client:
        if bound.reverse:
            say(f"listening on {bound.reverse} for clients that can't use a proxy")
        variables = {**invocation.environment, **(forward or reverse)}
        if settings.python_seed is not None:
            variables |= environment.seeding_variables(variables, settings.python_seed)
        code = await run_client(invocation.client, variables)
        stops.catch()
        return code
    if bound.forward:
        say(f"listening on {bound.forward}; in the client's shell:")
        invocation.show(export_lines({**POINTED, **forward}).rstrip("\n"))
    if bound.reverse:
        say(f"listening on {bound.reverse} for clients that can't use a proxy; in their shell:")
        invocation.show(export_lines(reverse).rstrip("\n"))
    say("stop with Ctrl-C or SIGTERM")
    await stops.another()
    return 0


def _forward_variables(
    settings: ProxySettings, authority: Authority, base: Mapping[str, str], bound: Bound
) -> dict[str, str]:
    if not bound.forward:
        return {}
    url = bound.forward.url_with(settings.proxy_password)
    return environment.pointing_variables(base, authority, url)
