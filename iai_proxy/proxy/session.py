"""What record and replay have in common: a proxy runs while the client command runs, or until it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from iai_proxy.client import environment, trust
from iai_proxy.client.authority import Authority
from iai_proxy.client.process import ClientNotStartedError, run_client, until_stopped
from iai_proxy.proxy.embed import Bound, MitmproxyLog
from iai_proxy.settings.model import ProxySettings

Say = Callable[[str], None]


def client_variables(
    settings: ProxySettings, authority: Authority, proxy_url: str
) -> dict[str, str]:
    """Return the variables that send a client's calls through the proxy and make it trust our CA."""
    base = settings.environment
    return environment.proxy_variables(
        base,
        proxy_url=proxy_url,
        ca_cert=trust.node_certificates(authority, base),
        ca_bundle=trust.bundle(authority, base),
        dev_url_proxied=base.get("IAI_DEV", "").lower() in environment.TRUE,
    )


async def client_or_signal(
    settings: ProxySettings, authority: Authority, bound: Bound, say: Say, show: Say
) -> int:
    """Run the client command to its end; without one, say how to point clients here and wait to be stopped.

    Args:
        settings: with the command.
        authority: what the client has to trust.
        bound: where the proxy listens.
        say: for people: progress and notices.
        show: for data: the lines to export.

    Returns:
        The client's exit code; 0 for a proxy that was stopped.
    """
    variables = (
        client_variables(settings, authority, _url(settings, bound)) if bound.forward else {}
    )
    reverse = {"IAI_DEV": "1", "IAI_DEV_URL": bound.reverse.url} if bound.reverse else {}
    if settings.client:
        if bound.reverse:
            say(f"listening on {bound.reverse} for clients that know no proxy")
        if not bound.forward:
            variables = reverse
        try:
            return await run_client(settings.client, {**settings.environment, **variables})
        except ClientNotStartedError as error:
            say(str(error))
            return error.exit_code
    if bound.forward:
        say(f"listening on {bound.forward}; in the client's shell:")
        show(environment.export_lines(variables).rstrip("\n"))
    if bound.reverse:
        say(f"listening on {bound.reverse} for clients that know no proxy; in the client's shell:")
        show(environment.export_lines(reverse).rstrip("\n"))
    say("stop with Ctrl-C or SIGTERM")
    await until_stopped()
    return 0


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


def _url(settings: ProxySettings, bound: Bound) -> str:
    if bound.forward is None:
        raise RuntimeError("there is no forward listener")
    password = settings.listening.password
    return f"http://{password}@{bound.forward}" if password else bound.forward.url
