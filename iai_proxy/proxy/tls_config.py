"""mitmproxy's settings of TLS, where they do not suit our clients.

* The server chooses the protocol within TLS (RFC 7301, section 3.2), and mitmproxy takes the first
  that the client names. httpx names HTTP/1.1 first even if it is to speak HTTP/2; servers choose
  HTTP/2 where they can, and so do we.
* mitmproxy puts all that it knows of a server into its certificate, and an address into the common
  name too. What our authority may not sign for, clients refuse ("permitted subtree violation"), and
  OpenSSL takes an address in the common name for the name of a host.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from cryptography import x509
from mitmproxy import certs, tls
from mitmproxy.addons import tlsconfig
from mitmproxy.proxy import context

from iai_proxy.client.leaves import is_permitted

_HTTP2: Final = b"h2"


class TlsConfig(tlsconfig.TlsConfig):
    """mitmproxy's addon, with its choice of protocol and its certificates set right."""

    def tls_start_client(self, tls_start: tls.TlsData) -> None:
        """Choose HTTP/2 if the client offers it, unless its server has chosen already."""
        super().tls_start_client(tls_start)
        offers = tls_start.conn.alpn_offers
        chosen = tls_start.ssl_conn.get_app_data() if tls_start.ssl_conn else None
        if chosen and chosen["http2"] and chosen["server_alpn"] is None and _HTTP2 in offers:
            chosen["server_alpn"] = _HTTP2  # by which mitmproxy goes, if the client offers it

    def get_cert(self, conn_context: context.Context) -> certs.CertStoreEntry:
        """Return a certificate for the names of a server that our authority may sign for."""
        client, server = conn_context.client, conn_context.server
        names = [client.sni or str(client.sockname[0])]
        names += [server.address[0]] if server.address else []
        permitted = [name for name in names if is_permitted(name)]
        # Without any, the client sees the first, and says what it misses.
        sans = list(dict.fromkeys(_general_name(name) for name in permitted or names[:1]))
        common = next((str(san.value) for san in sans if isinstance(san, x509.DNSName)), None)
        return self.certstore.get_cert(common, x509.GeneralNames(sans))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())
