"""The environment that sends a client's calls through the proxy and makes it trust our CA.

Which client reads which variable: requests (the Python SDK), curl and httpx take the proxy from
``HTTPS_PROXY``/``HTTP_PROXY``, curl the latter in lower case only; Node does from 22.21 and 24 on
with ``NODE_USE_ENV_PROXY``. ``ALL_PROXY`` is left alone: all of them prefer the specific ones. For
roots, requests reads ``REQUESTS_CA_BUNDLE`` before ``CURL_CA_BUNDLE``, Python's ssl and OpenSSL
``SSL_CERT_FILE``, Node ``NODE_EXTRA_CA_CERTS``. ``SSL_CERT_DIR`` only adds roots, and is left alone
too.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from iai_proxy.client import trust
from iai_proxy.client.authority import Authority

LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: Holds the `sitecustomize` that seeds a client's `random`.
_PYTHON_PATH = Path(__file__).parent / "python_path"
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
_EXEMPTIONS: Final = ("NO_PROXY", "no_proxy")
_ROOTS: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_NODE: Final = ("NODE_EXTRA_CA_CERTS", "NODE_USE_ENV_PROXY")
#: The names of what `proxy_variables` sets.
POINTING: Final[tuple[str, ...]] = (*_PROXIES, *_EXEMPTIONS, *_ROOTS, *_NODE)
_IAI_HOSTS = ("api.inverted.ai", "inverted.ai")
TRUE = frozenset(
    {"y", "yes", "on", "1", "true", "t"}
)  # invertedai.strtobool; anything else is false


def proxy_variables(
    base: Mapping[str, str],
    *,
    proxy_url: str,
    ca_cert: Path,
    ca_bundle: Path,
    dev_url_proxied: bool,
) -> dict[str, str]:
    """Return only the variables that we set.

    Args:
        base: the client's environment.
        proxy_url: where the proxy listens.
        ca_cert: what Node adds to its own roots.
        ca_bundle: what the others take instead of their own roots.
        dev_url_proxied: whether calls to ``IAI_DEV_URL``, often on loopback, go through the proxy
            too; otherwise loopback is exempt.
    """
    no_proxy = _no_proxy(base, dev_url_proxied=dev_url_proxied)
    return {
        **dict.fromkeys(_PROXIES, proxy_url),
        **dict.fromkeys(_EXEMPTIONS, no_proxy),
        **dict.fromkeys(_ROOTS, str(ca_bundle)),
        **dict(zip(_NODE, (str(ca_cert), "1"), strict=True)),
    }


def pointing_variables(
    base: Mapping[str, str], authority: Authority, proxy_url: str
) -> dict[str, str]:
    """Return the variables that send calls through a proxy and make a client trust `authority`.

    `base` is the client's own environment. Raises `InputError` if the roots that it names can't
    be read.
    """
    return proxy_variables(
        base,
        proxy_url=proxy_url,
        ca_cert=trust.node_certificates(authority, base),
        ca_bundle=trust.bundle(authority, base),
        dev_url_proxied=base.get("IAI_DEV", "").lower() in TRUE,
    )


def seeding_variables(base: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return the variables with which each Python process of a client seeds its ``random``.

    `base` is the client's own environment, whose ``PYTHONPATH`` still counts.
    """
    path = os.pathsep.join(filter(None, (str(_PYTHON_PATH), base.get("PYTHONPATH"))))
    return {"PYTHONPATH": path, "IAI_PROXY_RANDOM_SEED": str(seed)}


def mock_api_is_on(env: Mapping[str, str]) -> bool:
    """Whether the SDK answers its own calls, without HTTP, which leaves a recording empty."""
    return env.get("IAI_MOCK_API", "false").lower() in TRUE


def logger_path_is_set(env: Mapping[str, str]) -> bool:
    """Whether the SDK writes its own debug log; it takes an empty path for one too."""
    return "IAI_LOGGER_PATH" in env


def _no_proxy(base: Mapping[str, str], *, dev_url_proxied: bool) -> str:
    """Return the user's exemptions without those that hide calls, and loopback unless proxied."""
    entries = [
        entry
        for name in ("no_proxy", "NO_PROXY")
        for entry in re.split(r"[\s,]+", base.get(name, ""))
    ]
    hosts: tuple[str, ...] = _IAI_HOSTS
    if dev_url_proxied:
        hosts += (*LOOPBACK, *_dev_host(base))
    else:
        entries += LOOPBACK
    return ",".join(
        dict.fromkeys(entry for entry in entries if entry and not _exempts(entry, hosts))
    )


def _dev_host(base: Mapping[str, str]) -> Iterable[str]:
    """Return the host of ``IAI_DEV_URL``, if it has one."""
    try:
        host = urlsplit(base.get("IAI_DEV_URL", "")).hostname
    except ValueError:  # such as an unclosed bracket: the client reports that better than we can
        return ()
    return (host,) if host else ()


def _exempts(entry: str, hosts: Iterable[str]) -> bool:
    """Whether some client exempts one of the hosts, or a part of the IAI domain, by an entry.

    Clients differ; the widest reading counts. For requests any ending of a name matches, also one
    inside a label, and a port may follow; others want ``*``, ``.domain`` or ``*.domain``. Networks
    match addresses.
    """
    name = entry.lower()
    network = _network(name)
    if network is not None:
        return any(
            (address := _network(host)) is not None and _holds(network, address) for host in hosts
        )
    name = re.sub(r":\d+$", "", name).lstrip("*").rstrip(".")
    suffix = name.lstrip(".")  # as urllib does
    return name.endswith(".inverted.ai") or any(host.endswith((name, suffix)) for host in hosts)


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> _Network | None:
    """Read an address, with or without brackets, port or prefix length, as a network."""
    bracketed = re.fullmatch(r"\[(.*)\](?::\d+)?|([\d.]+):\d+", text)
    try:
        return ipaddress.ip_network(
            (bracketed[1] or bracketed[2]) if bracketed else text, strict=False
        )
    except ValueError:
        return None


def _holds(network: _Network, address: _Network) -> bool:
    return network.version == address.version and address.network_address in network
