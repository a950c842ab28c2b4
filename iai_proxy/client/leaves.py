"""Certificates of hosts, signed by our authority when a client first asks for them.

As with mitmproxy, a leaf shares the authority's key, so that no other key has to be kept or made.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from iai_proxy.client.authority import (
    CLOCK_SKEW,
    PERMITTED_DOMAINS,
    PERMITTED_NETWORKS,
    Authority,
)
from iai_proxy.client.files import write_temporary

_LIFETIME: Final = dt.timedelta(days=365)
#: Certificates that are kept.
_MOST: Final = 100
#: Longest common name (RFC 5280, appendix A.1).
_LONGEST_COMMON_NAME: Final = 64
_NETWORKS: Final = tuple(ipaddress.ip_network(network) for network in PERMITTED_NETWORKS)
#: A leaf of none of a client's names has this one: the client then says what it misses.
_FALLBACK: Final = "localhost"


class Leaves:
    """Has certificates, each made once.

    Args:
        authority: signs them; it may sign for few hosts only.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._names: dict[ssl.SSLContext, str] = {}
        self._lock = threading.Lock()

    def context(self, host: str) -> ssl.SSLContext:
        """Return the TLS settings for a host; for another that the client names, its own."""
        host = host.lower().rstrip(".")
        with self._lock:
            if host not in self._contexts:
                if len(self._contexts) >= _MOST:
                    self._contexts.clear()
                    self._names.clear()
                self._contexts[host] = made = self._made(host)
                self._names[made] = host
            return self._contexts[host]

    def host_of(self, context: ssl.SSLContext) -> str:
        """Return the host that TLS settings are for."""
        return self._names.get(context, "")

    def _made(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        context.sni_callback = self._named
        with TemporaryDirectory() as folder:
            file = write_temporary(Path(folder), self._leaf(host))
            context.load_cert_chain(file, self._authority.key_path)
        return context

    def _named(self, tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        """Take the certificate of the host that a client names."""
        if name and is_permitted(name):
            tls.context = self.context(name)

    def _leaf(self, host: str) -> bytes:
        key = serialization.load_pem_private_key(self._authority.key_path.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101
        return signed_leaf(self._authority.certificate, key, host)


def signed_leaf(authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, host: str) -> bytes:
    """Return a certificate for a host (PEM)."""
    name = _general_name(host if is_permitted(host) else _FALLBACK)
    now = dt.datetime.now(dt.UTC)
    # OpenSSL takes an address in the common name for a DNS name, which the authority may not sign.
    fits = isinstance(name, x509.DNSName) and len(name.value) <= _LONGEST_COMMON_NAME
    common = [x509.NameAttribute(NameOID.COMMON_NAME, str(name.value))] if fits else []
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        x509.CertificateBuilder(authority.subject, x509.Name(common), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(min(now + _LIFETIME, authority.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([name]), critical=not common)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def _general_name(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def is_permitted(host: str) -> bool:
    """Whether the authority may sign for a host."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        host = host.lower().rstrip(".")
        return host.isascii() and any(
            host == domain or host.endswith(f".{domain}") for domain in PERMITTED_DOMAINS
        )
    return any(address in network for network in _NETWORKS)
